import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { deriveCode } from "../src/domain/invites/email-codes.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { hashAllAtOnce, hashLate } from "./support/hashing.ts"

const ROUNDS = 5
const CONCURRENT_ACCEPTS = 4

const LAST_ROUND = ROUNDS - 1
const STEP_MS = 15
const HASH_MS = 40

/**
 * Staff and contacts act at the same moment. Contacts wait for their hash, and staff start later in each round: in the first round
 * they always act first, and in the last they wait for the contacts.
 */
async function runTogether(round: number, staff: () => Promise<Response>, contacts: (() => Promise<Response>)[]) {
  hashLate(HASH_MS)
  const runStaffAction = async () => (await staff()).status
  const earlyStatus = round === 0 ? await runStaffAction() : undefined
  const acceptResponses = Promise.all(contacts.map((accept) => accept()))
  if (round === LAST_ROUND) await acceptResponses
  else await new Promise((resolve) => setTimeout(resolve, round * STEP_MS))
  const staffStatus = earlyStatus ?? (await runStaffAction())
  return [staffStatus, ...(await acceptResponses).map(({ status }) => status)]
}

/** The state of the invite, and what was created from it. */
async function readOutcome() {
  const row = await env.DB.prepare(
    "SELECT status, link_version, contact_email, customer_id IS NOT NULL AS joined FROM invites",
  ).first<{ status: string; link_version: number; contact_email: string; joined: number }>()
  const counts = await Promise.all(["customers", "members", "terms_acceptances"].map((table) => count(table)))
  const accepted = await count("audit_log", "action = 'invite.accepted'")
  return {
    ...row,
    createdCounts: [...counts, accepted],
    users: await count("users", "email NOT LIKE '%@acme.example'"),
  }
}

/** The first and the last round force one outcome each, on any machine. */
function expectFirstAndLastRound(round: number, staff: number | undefined) {
  if (round === 0) expect(staff).toBe(303)
  if (round === LAST_ROUND) expect(staff).toBe(409)
}

const acceptRequests = (link: string, n = CONCURRENT_ACCEPTS) =>
  Array.from({ length: n }, () => () => new Browser().post(link, REGISTRATION_FORM))

let reseller: Awaited<ReturnType<typeof signInStaff>>
let id: string
let link: string

async function setUpRound() {
  reseller = await signInStaff()
  reseller.browser.env = { ...testEnv, RESEND_COOLDOWN_SECONDS: "0" }
  id = await invite(reseller.browser)
  link = await latestRegistrationLink()
}

beforeEach(hashAllAtOnce)
beforeEach(setUpRound)

const rounds = Array.from({ length: ROUNDS }, (_, round) => round)

describe("race conditions", () => {
  it.each([1, 2, 3])(
    "a hundred concurrent accepts create one account, and the others get 409: round %i",
    async () => {
      const statuses = (await Promise.all(acceptRequests(link, 100).map((accept) => accept()))).map(
        ({ status }) => status,
      )
      expect(statuses.filter((status) => status === 303)).toHaveLength(1)
      expect(statuses.filter((status) => status === 409)).toHaveLength(99)
      expect(await readOutcome()).toMatchObject({
        status: "accepted",
        joined: 1,
        createdCounts: [1, 1, 1, 1],
        users: 1,
      })
    },
    120_000,
  )

  it.each(rounds)("only one of revoking and accepting at once succeeds: round %i", async (round) => {
    const revoke = () => reseller.browser.post(`/customers/invites/${id}/revocation`)
    const [revoked, ...accepted] = await runTogether(round, revoke, acceptRequests(link))
    const outcome = await readOutcome()
    expectFirstAndLastRound(round, revoked)
    if (revoked === 303) {
      expect(outcome).toMatchObject({ status: "revoked", joined: 0, createdCounts: [0, 0, 0, 0], users: 0 })
      expect(accepted.every((status) => status === 410)).toBe(true)
    } else {
      expect(revoked).toBe(409)
      expect(outcome).toMatchObject({ status: "accepted", joined: 1, createdCounts: [1, 1, 1, 1], users: 1 })
      expect(accepted.filter((status) => status === 303)).toHaveLength(1)
    }
    expect(await count("audit_log", "action IN ('invite.revoked', 'invite.accepted')")).toBe(1)
  })

  it.each(rounds)("only one of resending and accepting at once succeeds: round %i", async (round) => {
    const resend = () => reseller.browser.post(`/customers/invites/${id}/resends`)
    const [resent, ...accepted] = await runTogether(round, resend, acceptRequests(link))
    const outcome = await readOutcome()
    const mails = await sendDueEmails()
    expectFirstAndLastRound(round, resent)
    if (resent === 303) {
      expect(outcome).toMatchObject({ status: "pending", link_version: 2, createdCounts: [0, 0, 0, 0], users: 0 })
      expect(accepted.every((status) => status === 410)).toBe(true)
      expect(mails).toHaveLength(1)
    } else {
      expect(resent).toBe(409)
      expect(outcome).toMatchObject({ status: "accepted", link_version: 1, createdCounts: [1, 1, 1, 1], users: 1 })
      expect(mails).toHaveLength(0)
    }
  })

  it.each(rounds)("only one of editing the address and accepting at once succeeds: round %i", async (round) => {
    const editInvite = () =>
      reseller.browser.post(`/customers/invites/${id}/edit`, { contact_email: "right@northwind.example" })
    const [editStatus, ...accepted] = await runTogether(round, editInvite, acceptRequests(link))
    const outcome = await readOutcome()
    const mails = (await sendDueEmails()).map(({ to }) => to)
    expectFirstAndLastRound(round, editStatus)
    if (editStatus === 303) {
      expect(outcome).toMatchObject({
        status: "pending",
        contact_email: "right@northwind.example",
        createdCounts: [0, 0, 0, 0],
      })
      expect(accepted.every((status) => status === 410)).toBe(true)
      expect(mails).toEqual(["right@northwind.example"])
    } else {
      expect(editStatus).toBe(409)
      expect(outcome).toMatchObject({
        status: "accepted",
        contact_email: "priya@northwind.example",
        createdCounts: [1, 1, 1, 1],
      })
      expect(mails).toEqual([])
    }
  })

  it.each(rounds)(
    "editing the company name and accepting at once give customer and invite the same name: round %i",
    async (round) => {
      const editInvite = () => reseller.browser.post(`/customers/invites/${id}/edit`, { company_name: "Northwind Ltd" })
      const [editStatus] = await runTogether(round, editInvite, acceptRequests(link))
      const customerName = await env.DB.prepare("SELECT name FROM customers").first<string>("name")
      const inviteCompanyName = await env.DB.prepare("SELECT company_name FROM invites").first<string>("company_name")
      expect(await readOutcome()).toMatchObject({ status: "accepted", createdCounts: [1, 1, 1, 1], users: 1 })
      expect(customerName).toBe(inviteCompanyName)
      expect(inviteCompanyName).toBe(editStatus === 303 ? "Northwind Ltd" : "Northwind Logistics")
    },
  )

  it("an edit during registration applies to the new customer", async () => {
    const contact = new Browser()
    const concurrentWrite = "UPDATE invites SET company_name = 'Northwind Ltd', billing_phone = '+14155550199'"
    contact.env = { ...testEnv, DB: withConcurrentWrite(concurrentWrite, 1) }
    expect((await contact.post(link, REGISTRATION_FORM)).status).toBe(303)
    expect(await count("customers", "name = 'Northwind Ltd' AND billing_needs_review = 1")).toBe(1)
  })

  it.each([
    ["the code", true],
    ["revoking", false],
  ])(
    "requesting a code and revoking the invite at once leave no code that is sent or works: %s first",
    async (_, isCodeFirst) => {
      const copyLinkResponse = await reseller.browser.post(`/customers/invites/${id}/links`)
      const path = /\/r\/[\w.-]+/.exec(await copyLinkResponse.text())?.[0] ?? ""
      const requestCode = () => new Browser().post(`${path}/codes`)
      const revoke = () => reseller.browser.post(`/customers/invites/${id}/revocation`)
      await Promise.all(
        isCodeFirst ? [requestCode(), revoke(), requestCode()] : [revoke(), requestCode(), requestCode()],
      )
      const emailId = await env.DB.prepare("SELECT email_id FROM email_codes").first<string>("email_id")
      expect(await sendDueEmails()).toEqual([])
      const code = deriveCode(
        createDeps(testEnv, () => undefined),
        emailId ?? "no code was requested in time",
      )
      expect((await new Browser().post(`${path}/verification`, { code })).status).toBe(410)
      expect(await readOutcome()).toMatchObject({ status: "revoked", createdCounts: [0, 0, 0, 0], users: 0 })
    },
  )
})
