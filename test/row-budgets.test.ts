import { env } from "cloudflare:workers"
import { eq } from "drizzle-orm"
import { expect, it } from "vitest"
import type { StaffActor } from "../src/domain/access/actor.ts"
import { findCredentials } from "../src/domain/access/credentials.ts"
import { reassignInvites } from "../src/domain/billing/reassign-invites.ts"
import { deleteBillingAccount } from "../src/domain/billing/update.ts"
import type { Deps } from "../src/domain/deps.ts"
import { resetFactorsByOperator } from "../src/domain/factors/reset.ts"
import { hasChangedOften, replacePassword } from "../src/domain/identity/replace-password.ts"
import { customerInviteContext } from "../src/domain/invites/audience.ts"
import { inviteCustomer } from "../src/domain/invites/create.ts"
import { sendEmailCode } from "../src/domain/invites/email-codes.ts"
import { getInviteWithTimeline, loadInvite } from "../src/domain/invites/find.ts"
import { signLink } from "../src/domain/invites/link-token.ts"
import { resendInvite } from "../src/domain/invites/resend.ts"
import { runJob } from "../src/domain/jobs/run.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { exportPerson } from "../src/domain/privacy/export-person.ts"
import { users } from "../src/storage/schema.ts"
import { CUSTOMER, count, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertPasskey } from "./support/factors.ts"
import { createCheckedImport, createStaffActor, importLines } from "./support/imports.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { insertInvites, jobDeps } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"

/** An export has a thousand rows of each kind at most. */
const SIZES = [1_500, 6_000]
/** The invites of each billing account that is deleted. */
const MOVED = 20

type Filled = { actor: StaffActor; billingId: string }
/** `first` is the number of the first rows that were added, `deps` aren't counted. */
type Round = Filled & { first: number; deps: Deps }

/** Adds customers with a member, suppressions, invites of three statuses, emails about sign-ins, activity and waiting notifications. */
async function fill({ actor, billingId }: Filled, from: number, to: number) {
  const numbers = JSON.stringify(Array.from({ length: to - from }, (_, n) => from + n))
  const insert = (sql: string, ...values: string[]) =>
    runSql(`INSERT INTO ${sql} FROM json_each(?1)`, numbers, ...values)
  const resellerId = actor.reseller.id
  await insert(
    `users (id, name, email, reference, created_at, updated_at)
     SELECT 'usr_' || value, 'Kim', value || '@member.example', value, 0, 0`,
  )
  await insert(
    `customers (id, reseller_id, name, company_key, billing_account_id, created_at)
     SELECT 'cus_' || value, ?2, 'Company', 'company', ?3, 0`,
    resellerId,
    billingId,
  )
  await insert("members (user_id, customer_id, role, created_at) SELECT 'usr_' || value, 'cus_' || value, 'member', 0")
  await insert(
    "suppressions (sender_id, email, cause, created_at) SELECT ?2, value || '@suppressed.example', 'bounced', 0",
    resellerId,
  )
  await insert(
    `invites (id, reference, reseller_id, kind, audience_id, status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
     SELECT 'inv_' || value, printf('%010dA', value), ?2, 'customer', ?2, CASE value % 3 WHEN 0 THEN 'pending' WHEN 1 THEN 'expired' ELSE 'declined' END,
       'Company', 'Kim', value || '@filled.example', ?3, 'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_' || value, 'usr_1', 1, ?4`,
    resellerId,
    billingId,
    "9000000000000000",
  )
  await insert(
    `outbox (id, kind, recipient, recipient_hash, payload, status, next_attempt_at, created_at)
     SELECT 'eml_' || value, 'security_notice', '', 'hash' || value, json_object('userId', 'usr_' || value, 'notice', 'password_changed'),
       'sent', 0, 9000000000000000`,
  )
  await insert(
    `events (id, reseller_id, type, is_public, data, occurred_at) SELECT 'evt_' || value, ?2, 'invite.accepted', 1, '{}', 0`,
    resellerId,
  )
  await insert(
    `audit_log (id, reseller_id, action, subject_id, actor_kind, actor_id, created_at)
     SELECT 'aud_' || value, ?2, 'invite.created', 'inv_' || value, 'staff', ?3, 0`,
    resellerId,
    actor.id,
  )
  await insert("notifications (event_id, user_id, reseller_id) SELECT 'evt_' || value, ?2, ?3", actor.id, resellerId)
}

/** Prepares something, and returns what is counted. */
type Operation = (round: Round) => Promise<(deps: Deps) => Promise<unknown>>

const inviteTo =
  (address: (first: number) => string, result: object): Operation =>
  async ({ actor, first }) =>
  async (deps) =>
    expect(await inviteCustomer(deps, actor, { ...CUSTOMER, contact_email: address(first) })).toMatchObject(result)

const refusal = (code: string) => ({ ok: false, errors: [{ code }] })

/** The invite of this round that is pending. */
const pendingId = ({ first }: Round) => `inv_${first + 2 - ((first + 2) % 3)}`

const OPERATIONS: Record<string, Operation> = {
  invite: inviteTo((first) => `${first}@new.example`, { ok: true }),
  "invite an existing customer": inviteTo((first) => `${first}@member.example`, refusal("already_customer")),
  "invite a suppressed address": inviteTo((first) => `${first}@suppressed.example`, refusal("email_suppressed")),
  "check an import": async ({ actor, first }) => {
    const lines = [0, 1, 2, 3, 4].map((n) => `Firm ${first + n},Kim,${first + n}@member.example,,,,,`)
    return async (deps) => {
      const id = await createCheckedImport(actor, lines, deps)
      expect(await count("job_rows", `job_id = '${id}' AND code = 'already_customer'`)).toBe(lines.length)
    }
  },
  "send an import": async ({ actor, first, deps: plain }) => {
    // The addresses of people who joined other resellers.
    const id = await createCheckedImport(actor, importLines(5, `other-${first}.example`), plain)
    await runSql(
      `INSERT INTO users (id, name, email, reference, created_at, updated_at)
       SELECT ?1 || value, 'Kim', 'contact' || value || ?2, ?1 || value, 0, 0 FROM json_each('[0,1,2,3,4]')`,
      `usr_other_${first}_`,
      `@other-${first}.example`,
    )
    await runSql("UPDATE jobs SET status = 'running', next_run_at = 0, started_at = 0 WHERE id = ?", id)
    return async (deps) => {
      await runJob(deps, id)
      expect(await count("job_rows", `status = 'done' AND job_id = '${id}'`)).toBe(5)
    }
  },
  "show an invite": async (round) => async (deps) =>
    expect(await getInviteWithTimeline(deps, customerInviteContext(round.actor), pendingId(round))).toMatchObject({
      invite: { id: pendingId(round) },
    }),
  "resend an invite": async (round) => async (deps) => {
    await resendInvite(deps, customerInviteContext(round.actor), pendingId(round))
    expect(await count("outbox", `kind = 'invite' AND status = 'queued' AND invite_id = '${pendingId(round)}'`)).toBe(1)
  },
  "send an email code": async (round) => {
    const invite = await loadInvite(round.deps, customerInviteContext(round.actor), pendingId(round))
    const token = await signLink(round.deps.linkKeys, { invite, use: "registration", via: "copy" })
    return async (deps) => expect(await sendEmailCode(deps, token)).toMatchObject({ isCodeSent: true })
  },
  "export a person":
    async ({ actor, first }) =>
    async (deps) =>
      expect(await exportPerson(deps, actor, { email: `${first}@member.example` })).toMatchObject({
        value: { members: [{ customerId: `cus_${first}` }], security_emails: [{ kind: "security_notice" }] },
      }),
  "export somebody who has done much":
    async ({ actor }) =>
    async (deps) =>
      expect(await exportPerson(deps, actor, { email: actor.email })).toMatchObject({
        value: { audit_log: { length: 1_000 } },
      }),
  "reset factors": async ({ actor, first }) => {
    await insertPasskey(`usr_${first}`)
    return async (deps) =>
      expect(await resetFactorsByOperator(deps, actor.reseller.id, { email: `${first}@member.example` })).toMatchObject(
        {
          ok: true,
        },
      )
  },
  "replace a password": async ({ first, deps: plain }) => {
    const user = await findCredentials(plain, eq(users.id, `usr_${first + 1}`))
    if (!user) throw new Error("there is no user")
    return async (deps) => {
      expect(await hasChangedOften(deps, user)).toBe(false)
      expect(await replacePassword(deps, user, { passwordHash: "hash", change: "password_changed" })).toBe(true)
    }
  },
  "delete a billing account": async ({ actor, billingId, first }) => {
    await runSql(
      `INSERT INTO billing_accounts (id, reseller_id, email, phone, created_at, updated_at)
       VALUES (?1, ?2, ?1 || '@x.example', '+14155550132', 0, 0)`,
      `bil_${first}`,
      actor.reseller.id,
    )
    const moved = `CAST(substr(id, 5) AS INTEGER) BETWEEN ${first + 10} AND ${first + 9 + MOVED}`
    await runSql(`UPDATE invites SET billing_account_id = ? WHERE ${moved}`, `bil_${first}`)
    return async (deps) => {
      await deleteBillingAccount(deps, actor, `bil_${first}`, { targetId: billingId })
      expect(
        await count(
          "audit_log",
          `action = 'invite.billing_changed' AND subject_id IN (SELECT id FROM invites WHERE ${moved})`,
        ),
      ).toBe(MOVED)
    }
  },
  "look for due digests": async ({ actor }) => {
    await runSql("UPDATE staff SET last_digest_at = ? WHERE user_id = ?", Date.now(), actor.id)
    return async (deps) => expect(await enqueueDigests(deps)).toBe(0)
  },
}

it("operations read as many rows with 6,000 customers, invites, emails and suppressions as with 1,500", async () => {
  const filled = await createStaffActor()
  const rows: Record<string, number>[] = []
  for (const [i, size] of SIZES.entries()) {
    const first = SIZES[i - 1] ?? 0
    await runSql("DELETE FROM jobs") // an export reads the imports of the last weeks
    await fill(filled, first, size)
    const round = { ...filled, first, deps: jobDeps([], testEnv) }
    const rowsRead: Record<string, number> = {}
    for (const [name, prepare] of Object.entries(OPERATIONS)) {
      const operation = await prepare(round)
      const { database, costs } = countingD1(env.DB)
      await operation(jobDeps([], { ...testEnv, DB: database }))
      rowsRead[name] = costs.rowsRead
    }
    rows.push(rowsRead)
  }
  const [few = {}, many = {}] = rows
  const growing = Object.entries(many).filter(([name, read]) => read > (few[name] ?? 0) * 1.2)
  expect(Object.fromEntries(growing)).toEqual({})
})

it("following their billing account reads as many rows for each of 3,000 invites as for each of 500", async () => {
  const { actor, billingId } = await createStaffActor()
  const rowsPerInvite: number[] = []
  for (const [i, size] of [500, 3_000].entries()) {
    await insertInvites(actor.reseller.id, billingId, size)
    const phone = `+1415555010${i}`
    await runSql("UPDATE billing_accounts SET phone = ?", phone)
    const { database, costs } = countingD1(env.DB)
    await reassignInvites(jobDeps([], { ...testEnv, DB: database }), actor, billingId, billingId)
    expect(await count("invites", `billing_phone = '${phone}'`)).toBe(size)
    rowsPerInvite.push(costs.rowsRead / size)
    await runSql("UPDATE invites SET status = 'revoked'")
  }
  const [few = 0, many = 0] = rowsPerInvite
  expect(many).toBeLessThan(few * 1.15)
})

it("moving the invites of an account takes along an old one that somebody adds meanwhile", async () => {
  const { actor, billingId } = await createStaffActor()
  await runSql(
    `INSERT INTO billing_accounts (id, reseller_id, email, phone, created_at, updated_at)
     VALUES ('bil_other', ?, 'other@x.example', '+14155550132', 0, 0)`,
    actor.reseller.id,
  )
  const [oldId = ""] = await insertInvites(actor.reseller.id, billingId, 601)
  await runSql("UPDATE invites SET billing_account_id = 'bil_other' WHERE id = ?", oldId)
  let batches = 0
  const addAfterFirst = interceptBatches(async (_, commit) => {
    const results = await commit()
    if (++batches === 1) await runSql("UPDATE invites SET billing_account_id = ? WHERE id = ?", billingId, oldId)
    return results
  })
  await reassignInvites(jobDeps([], { ...testEnv, DB: addAfterFirst }), actor, billingId, "bil_other")
  expect(await count("invites", "billing_account_id = 'bil_other'")).toBe(601)
})
