import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import {
  Browser,
  changing,
  count,
  deliverDueMail,
  invite,
  newestLink,
  openHouse,
  REGISTRATION,
  testEnv,
} from "./house.ts"
import { resetDatabase } from "./setup.ts"

const ROUNDS = 12
const AT_ONCE = 4

/** Posts of many browsers at the same moment, in an order that changes with the round. */
async function together(round: number, posts: (() => Promise<Response>)[]): Promise<number[]> {
  const turned = posts.map((_, n) => (n + round) % posts.length)
  const statuses: number[] = []
  await Promise.all(
    turned.map(async (n) => {
      for (let wait = 0; wait < round % 4; wait++) await Promise.resolve()
      statuses[n] = (await posts[n]?.())?.status ?? 0
    }),
  )
  return statuses
}

/** What is true of one invite, whoever was faster. */
async function outcome() {
  const row = await env.DB.prepare(
    "SELECT status, link_version, contact_email, customer_id IS NOT NULL AS joined FROM invites",
  ).first<{ status: string; link_version: number; contact_email: string; joined: number }>()
  const counts = await Promise.all(["customers", "members", "terms_acceptances"].map((table) => count(table)))
  const accepted = await count("audit", "action = 'invite.accepted'")
  return { ...row, made: [...counts, accepted], users: await count("users", "email NOT LIKE '%@acme.example'") }
}

const accepts = (link: string, n = AT_ONCE) =>
  Array.from({ length: n }, () => () => new Browser().post(link, REGISTRATION))

let house: Awaited<ReturnType<typeof openHouse>>
let id: string
let link: string

async function openRound() {
  await resetDatabase()
  house = await openHouse()
  house.browser.env = { ...testEnv, RESEND_COOLDOWN_SECONDS: "0" }
  id = await invite(house.browser)
  link = await newestLink()
}

beforeEach(openRound)

const rounds = Array.from({ length: ROUNDS }, (_, round) => round)

describe("of things that happen at once", () => {
  it("a hundred accepts make one account, and the others are told that there is one", async () => {
    const statuses = await together(0, accepts(link, 100))
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(99)
    expect(await outcome()).toMatchObject({ status: "accepted", joined: 1, made: [1, 1, 1, 1], users: 1 })
  }, 120_000)

  it.each(rounds)("revoking and accepting end in one of both: round %i", async (round) => {
    const revoke = () => house.browser.post(`/customers/invites/${id}/revocation`)
    const [revoked, ...accepted] = await together(round, [revoke, ...accepts(link)])
    const found = await outcome()
    if (revoked === 303) {
      expect(found).toMatchObject({ status: "revoked", joined: 0, made: [0, 0, 0, 0], users: 0 })
      expect(accepted.every((status) => status === 410)).toBe(true)
    } else {
      expect(revoked).toBe(409)
      expect(found).toMatchObject({ status: "accepted", joined: 1, made: [1, 1, 1, 1], users: 1 })
      expect(accepted.filter((status) => status === 303)).toHaveLength(1)
    }
    expect(await count("audit", "action IN ('invite.revoked', 'invite.accepted')")).toBe(1)
  })

  it.each(rounds)("resending and accepting end in one of both: round %i", async (round) => {
    const resend = () => house.browser.post(`/customers/invites/${id}/resends`)
    const [resent, ...accepted] = await together(round, [resend, ...accepts(link)])
    const found = await outcome()
    const mails = await deliverDueMail()
    if (resent === 303) {
      expect(found).toMatchObject({ status: "pending", link_version: 2, made: [0, 0, 0, 0], users: 0 })
      expect(accepted.every((status) => status === 410)).toBe(true)
      expect(mails).toHaveLength(1)
    } else {
      expect(resent).toBe(409)
      expect(found).toMatchObject({ status: "accepted", link_version: 1, made: [1, 1, 1, 1], users: 1 })
      expect(mails).toHaveLength(0)
    }
  })

  it.each(rounds)("correcting the address and accepting end in one of both: round %i", async (round) => {
    const correct = () =>
      house.browser.post(`/customers/invites/${id}/correction`, { contact_email: "right@northwind.example" })
    const [corrected, ...accepted] = await together(round, [correct, ...accepts(link)])
    const found = await outcome()
    const mails = (await deliverDueMail()).map(({ to }) => to)
    if (corrected === 303) {
      expect(found).toMatchObject({ status: "pending", contact_email: "right@northwind.example", made: [0, 0, 0, 0] })
      expect(accepted.every((status) => status === 410)).toBe(true)
      expect(mails).toEqual(["right@northwind.example"])
    } else {
      expect(corrected).toBe(409)
      expect(found).toMatchObject({ status: "accepted", contact_email: "priya@northwind.example", made: [1, 1, 1, 1] })
      expect(mails).toEqual([])
    }
  })

  it.each(rounds)(
    "correcting the company and accepting leave no customer under the old name by halves: round %i",
    async (round) => {
      const correct = () => house.browser.post(`/customers/invites/${id}/correction`, { company_name: "Northwind Ltd" })
      const [corrected] = await together(round, [correct, ...accepts(link)])
      const customer = await env.DB.prepare("SELECT name FROM customers").first<string>("name")
      const named = await env.DB.prepare("SELECT company_name FROM invites").first<string>("company_name")
      expect(await outcome()).toMatchObject({ status: "accepted", made: [1, 1, 1, 1], users: 1 })
      expect(customer).toBe(named)
      expect(named).toBe(corrected === 303 ? "Northwind Ltd" : "Northwind Logistics")
    },
  )

  it("a correction while somebody chooses a password goes into the customer", async () => {
    const contact = new Browser()
    const correction = "UPDATE invites SET company_name = 'Northwind Ltd', billing_phone = '+14155550199'"
    contact.env = { ...testEnv, DB: changing(correction, 1) }
    expect((await contact.post(link, REGISTRATION)).status).toBe(303)
    expect(await count("customers", "name = 'Northwind Ltd' AND billing_changed = 1")).toBe(1)
  })

  it.each(rounds)("a code asked for and the invite revoked leave no code that works: round %i", async (round) => {
    const copied = await house.browser.post(`/customers/invites/${id}/links`)
    const path = /\/register\/[\w.-]+/.exec(await copied.text())?.[0] ?? ""
    const ask = () => new Browser().post(`${path}/codes`)
    const revoke = () => house.browser.post(`/customers/invites/${id}/revocation`)
    await together(round, [ask, revoke, ask])
    await deliverDueMail()
    const proof = await new Browser().post(`${path}/proof`, { code: "123456" })
    expect(proof.status).toBe(410)
    expect(await outcome()).toMatchObject({ status: "revoked", made: [0, 0, 0, 0], users: 0 })
  })
})
