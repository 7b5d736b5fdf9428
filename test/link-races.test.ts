import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { codeOf } from "../src/domain/mailbox-codes.ts"
import { depsOf } from "../src/http/deps.ts"
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

const LAST = ROUNDS - 1
const STEP_MS = 40

/**
 * Staff and contacts at the same moment. Choosing a password takes a while, so staff come later with each round; in the first
 * they are sure to be faster, and in the last they wait for the contacts.
 */
async function together(round: number, staff: () => Promise<Response>, contacts: (() => Promise<Response>)[]) {
  const acting = async () => (await staff()).status
  const first = round === 0 ? await acting() : undefined
  const accepting = Promise.all(contacts.map((accept) => accept()))
  if (round === LAST) await accepting
  else await new Promise((resolve) => setTimeout(resolve, round * STEP_MS))
  const acted = first ?? (await acting())
  return [acted, ...(await accepting).map(({ status }) => status)]
}

/** What is true of one invite, whoever was faster. */
async function outcome() {
  const row = await env.DB.prepare(
    "SELECT status, link_version, contact_email, customer_id IS NOT NULL AS joined FROM invites",
  ).first<{ status: string; link_version: number; contact_email: string; joined: number }>()
  const counts = await Promise.all(["customers", "members", "terms_acceptances"].map((table) => count(table)))
  const accepted = await count("audit_log", "action = 'invite.accepted'")
  return { ...row, made: [...counts, accepted], users: await count("users", "email NOT LIKE '%@acme.example'") }
}

/** Both outcomes are seen, whatever the machine is at. */
function expectExtremes(round: number, staff: number | undefined) {
  if (round === 0) expect(staff).toBe(303)
  if (round === LAST) expect(staff).toBe(409)
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
  it.each([1, 2, 3])(
    "a hundred accepts make one account, and the others are told that there is one: round %i",
    async () => {
      const statuses = (await Promise.all(accepts(link, 100).map((accept) => accept()))).map(({ status }) => status)
      expect(statuses.filter((status) => status === 303)).toHaveLength(1)
      expect(statuses.filter((status) => status === 409)).toHaveLength(99)
      expect(await outcome()).toMatchObject({ status: "accepted", joined: 1, made: [1, 1, 1, 1], users: 1 })
    },
    120_000,
  )

  it.each(rounds)("revoking and accepting end in one of both: round %i", async (round) => {
    const revoke = () => house.browser.post(`/customers/invites/${id}/revocation`)
    const [revoked, ...accepted] = await together(round, revoke, accepts(link))
    const found = await outcome()
    expectExtremes(round, revoked)
    if (revoked === 303) {
      expect(found).toMatchObject({ status: "revoked", joined: 0, made: [0, 0, 0, 0], users: 0 })
      expect(accepted.every((status) => status === 410)).toBe(true)
    } else {
      expect(revoked).toBe(409)
      expect(found).toMatchObject({ status: "accepted", joined: 1, made: [1, 1, 1, 1], users: 1 })
      expect(accepted.filter((status) => status === 303)).toHaveLength(1)
    }
    expect(await count("audit_log", "action IN ('invite.revoked', 'invite.accepted')")).toBe(1)
  })

  it.each(rounds)("resending and accepting end in one of both: round %i", async (round) => {
    const resend = () => house.browser.post(`/customers/invites/${id}/resends`)
    const [resent, ...accepted] = await together(round, resend, accepts(link))
    const found = await outcome()
    const mails = await deliverDueMail()
    expectExtremes(round, resent)
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
    const [corrected, ...accepted] = await together(round, correct, accepts(link))
    const found = await outcome()
    const mails = (await deliverDueMail()).map(({ to }) => to)
    expectExtremes(round, corrected)
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
      const [corrected] = await together(round, correct, accepts(link))
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
    expect(await count("customers", "name = 'Northwind Ltd' AND billing_needs_review = 1")).toBe(1)
  })

  it.each(rounds)(
    "a code asked for and the invite revoked leave no code that is mailed or works: round %i",
    async (round) => {
      const copied = await house.browser.post(`/customers/invites/${id}/links`)
      const path = /\/register\/[\w.-]+/.exec(await copied.text())?.[0] ?? ""
      const ask = () => new Browser().post(`${path}/codes`)
      const revoke = () => house.browser.post(`/customers/invites/${id}/revocation`)
      await Promise.all(round % 2 ? [ask(), revoke(), ask()] : [revoke(), ask(), ask()])
      const emailId = await env.DB.prepare("SELECT email_id FROM email_codes").first<string>("email_id")
      expect(await deliverDueMail()).toEqual([])
      const code = codeOf(
        depsOf(testEnv, () => undefined),
        emailId ?? "none was asked for in time",
      )
      expect((await new Browser().post(`${path}/proof`, { code })).status).toBe(410)
      expect(await outcome()).toMatchObject({ status: "revoked", made: [0, 0, 0, 0], users: 0 })
    },
  )
})
