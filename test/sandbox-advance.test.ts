import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { en } from "../src/text/en.ts"
import { Browser, callApi, count, createApiKey, REGISTRATION_FORM, signInStaff } from "./support/app.ts"
import { createSandbox, inviteByApi, linkIn, sandboxEmails } from "./support/sandbox.ts"

let acme: { browser: Browser; sandboxId: string; key: string }

beforeEach(async () => {
  const { browser } = await signInStaff()
  acme = { browser, ...(await createSandbox(browser)) }
})

type Invite = {
  id: string
  status: string
  email_status: string
  send_count: number
  created_at: string
  expires_at: string
  code: string
}

async function advance(id: string, to: string, headers: Record<string, string> = {}) {
  const response = await callApi({ key: acme.key, path: `/invites/${id}/advance`, body: { to }, headers })
  return { status: response.status, headers: response.headers, body: await response.json<Invite>() }
}

const eventsOf = async (id: string) => {
  const { results } = await env.DB.prepare("SELECT type FROM events WHERE invite_id = ? ORDER BY seq")
    .bind(id)
    .all<{ type: string }>()
  return results.map(({ type }) => type)
}
const SENT = ["invite.created", "invite.sent", "invite.delivered"]
/** Longer than the wait between two emails of an invite. */
const waitForResend = () => env.DB.prepare("UPDATE outbox SET created_at = created_at - 120000").run()

describe("an invite of a sandbox that is moved forward in time", () => {
  it("expires with its event, and its link says so", async () => {
    const { id, expires_at } = await inviteByApi(acme.key)
    const [email] = await sandboxEmails(acme.key)
    const before = await (await callApi({ key: acme.key, path: `/invites/${id}` })).json<Invite>()
    const { status, body, headers } = await advance(id, "expiry")
    expect([status, body.status, body.created_at]).toEqual([200, "expired", before.created_at])
    expect(Date.parse(body.expires_at)).toBeLessThanOrEqual(Date.now())
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now())
    expect(await eventsOf(id)).toEqual([...SENT, "invite.expired"])
    expect(headers.get("ETag")).toMatch(/^"aud_/)
    const page = await new Browser().get(linkIn(email))
    expect([page.status, (await page.text()).includes(en.linkStates.expired.title)]).toEqual([410, true])
    expect(
      await count("audit_log", `subject_id = '${id}' AND action = 'invite.advanced' AND actor_kind = 'api_key'`),
    ).toBe(1)
    expect(
      await count("audit_log", `subject_id = '${id}' AND action = 'invite.expired' AND actor_kind = 'system'`),
    ).toBe(1)
  })

  it("gets its reminder with its event, then expires", async () => {
    const { id } = await inviteByApi(acme.key)
    await sandboxEmails(acme.key)
    const reminded = await advance(id, "reminder")
    expect([reminded.status, reminded.body]).toEqual([
      200,
      expect.objectContaining({ status: "pending", email_status: "queued", send_count: 2 }),
    ])
    const days = (Date.parse(reminded.body.expires_at) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(2)
    const emails = await sandboxEmails(acme.key)
    expect(emails.map(({ kind }) => kind)).toEqual(["invite", "reminder"])
    expect(await eventsOf(id)).toEqual([...SENT, "invite.reminded", "invite.sent", "invite.delivered"])
    expect((await advance(id, "reminder")).body.code).toBe("no_reminder_planned")
    expect((await advance(id, "expiry")).body.status).toBe("expired")
    const link = linkIn(emails[1])
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).not.toBe(303)
    expect(await count("customers")).toBe(0)
  })

  it("is sent before its time, if that was scheduled, and not before", async () => {
    const send_at = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const { id, expires_at } = await inviteByApi(acme.key, { send_at })
    expect(await sandboxEmails(acme.key)).toEqual([])
    for (const step of ["reminder", "expiry"]) expect((await advance(id, step)).body.code).toBe("email_scheduled")
    expect(await count("audit_log", "action = 'invite.advanced'")).toBe(0)
    const { status, body } = await advance(id, "sending")
    expect([status, body.status]).toEqual([200, "pending"])
    expect(Math.round((Date.parse(expires_at) - Date.parse(body.expires_at)) / 86_400_000)).toBe(3)
    expect((await sandboxEmails(acme.key)).map(({ kind }) => kind)).toEqual(["invite"])
    expect((await eventsOf(id)).filter((type) => type === "invite.sent")).toHaveLength(1)
    const again = await advance(id, "sending")
    expect([again.status, again.body.code]).toEqual([409, "invite_not_scheduled"])
    expect((await advance(id, "reminder")).status).toBe(200)
  })

  it("has had its reminder already, or none is planned", async () => {
    const refusals: [Record<string, unknown>, (id: string) => Promise<unknown>][] = [
      [{ expires_in_days: 3 }, async () => undefined],
      [{ send_email: false }, async () => undefined],
      [{ contact_email: "bounced@x.example" }, async () => undefined],
      [{}, async (id) => env.DB.prepare("UPDATE invites SET opened_at = remind_at - 1000 WHERE id = ?").bind(id).run()],
      [
        {},
        async () => callApi({ key: acme.key, path: "/settings", method: "PATCH", body: { reminders_enabled: false } }),
      ],
    ]
    for (const [n, [fields, change]] of refusals.entries()) {
      const { id } = await inviteByApi(acme.key, { contact_email: `c${n}@x.example`, ...fields })
      await sandboxEmails(acme.key)
      await change(id)
      const row = () => env.DB.prepare("SELECT * FROM invites WHERE id = ?").bind(id).first()
      const before = await row()
      const { status, body } = await advance(id, "reminder")
      expect([n, status, body.code]).toEqual([n, 409, "no_reminder_planned"])
      expect(await row()).toEqual(before)
    }
  })

  it("must be pending", async () => {
    const { id } = await inviteByApi(acme.key)
    await advance(id, "expiry")
    for (const step of ["expiry", "reminder"]) {
      const { status, body } = await advance(id, step)
      expect([status, body.code]).toEqual([409, "invite_not_pending"])
    }
    expect(await eventsOf(id)).toEqual(["invite.created", "invite.expired"])
    expect((await advance("inv_none", "expiry")).status).toBe(404)
    for (const step of ["acceptance", "", null]) expect((await advance(id, step as string)).status).toBe(422)
  })

  it("honors If-Match and Idempotency-Key", async () => {
    const { id } = await inviteByApi(acme.key)
    await sandboxEmails(acme.key)
    expect((await advance(id, "expiry", { "If-Match": '"aud_other"' })).body.code).toBe("version_conflict")
    expect(await eventsOf(id)).toEqual(SENT)
    const etag = (await callApi({ key: acme.key, path: `/invites/${id}` })).headers.get("ETag") ?? ""
    const once = { "Idempotency-Key": "first", "If-Match": etag }
    const [first, second] = [await advance(id, "reminder", once), await advance(id, "reminder", once)]
    expect([first.status, second.status, second.headers.get("Idempotency-Replayed")]).toEqual([200, 200, "true"])
    expect(second.body).toEqual(first.body)
    expect((await advance(id, "expiry", once)).body.code).toBe("idempotency_key_reused")
    const expiry = { "Idempotency-Key": "second" }
    const repeated = await Promise.all([1, 2, 3].map(() => advance(id, "expiry", expiry)))
    const last = await advance(id, "expiry", expiry)
    expect([last.status, last.body.status, last.headers.get("Idempotency-Replayed")]).toEqual([200, "expired", "true"])
    expect(repeated.every(({ status }) => status === 200 || status === 409)).toBe(true)
    expect((await eventsOf(id)).filter((type) => type === "invite.expired")).toHaveLength(1)
    expect((await sandboxEmails(acme.key)).map(({ kind }) => kind)).toEqual(["invite"]) // the reminder came too late
  })

  it("moves once, however many do it at the same time", async () => {
    const { id } = await inviteByApi(acme.key)
    await sandboxEmails(acme.key)
    const results = await Promise.all(Array.from({ length: 5 }, () => advance(id, "reminder")))
    expect(results.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await eventsOf(id)).filter((type) => type === "invite.reminded")).toHaveLength(1)
    const expired = await Promise.all(Array.from({ length: 5 }, () => advance(id, "expiry")))
    expect(expired.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await eventsOf(id)).filter((type) => type === "invite.expired")).toHaveLength(1)
    expect(await count("audit_log", "action = 'invite.advanced'")).toBe(2)
  })

  it("can be resent after it has expired, and named by its external id", async () => {
    const { id } = await inviteByApi(acme.key, { external_id: "crm-1" })
    await sandboxEmails(acme.key)
    expect((await advance("external:crm-1", "expiry")).body.status).toBe("expired")
    await waitForResend()
    const resent = await callApi({ key: acme.key, path: `/invites/${id}/resends`, method: "POST" })
    expect(resent.status).toBe(202)
    const link = linkIn((await sandboxEmails(acme.key)).at(-1))
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(303)
  })

  it("needs the scope to write invites", async () => {
    const { id } = await inviteByApi(acme.key)
    const key = await createApiKey(acme.sandboxId, { scopes: ["invites:read"] })
    expect((await callApi({ key, path: `/invites/${id}/advance`, body: { to: "expiry" } })).status).toBe(403)
  })
})
