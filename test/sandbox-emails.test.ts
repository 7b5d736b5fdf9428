import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { MAILBOX_MAX } from "../src/domain/sandbox/emails.ts"
import { createDeps } from "../src/http/bindings.ts"
import { runCronJobs } from "../src/jobs/cron.ts"
import { handleQueueBatch } from "../src/jobs/queues.ts"
import { staffEn } from "../src/text/staff/en.ts"
import {
  addStaff,
  type Browser,
  callApi,
  count,
  createApiKey,
  invite,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { createSandbox, inviteByApi, linkIn, sandboxEmails } from "./support/sandbox.ts"

let acme: { browser: Browser; resellerId: string; sandboxId: string; key: string }

beforeEach(async () => {
  const { browser, resellerId } = await signInStaff()
  acme = { browser, resellerId, ...(await createSandbox(browser)) }
})

const call = (path: string) => callApi({ key: acme.key, path })

/** The status of an invite and its email, and the types of its events in order. */
async function outcomeOf(id: string) {
  const { status, email_status } = await (await call(`/invites/${id}`)).json<{ status: string; email_status: string }>()
  const { results } = await env.DB.prepare("SELECT type FROM events WHERE invite_id = ? ORDER BY seq")
    .bind(id)
    .all<{ type: string }>()
  return { status, email_status, events: results.map(({ type }) => type) }
}

describe("an email of a sandbox", () => {
  it("is kept in its mailbox once, however often its row is claimed, and counts as delivered", async () => {
    const { id } = await inviteByApi(acme.key)
    expect(await sandboxEmails(acme.key)).toHaveLength(1)
    expect(await outcomeOf(id)).toEqual({
      status: "pending",
      email_status: "delivered",
      events: ["invite.created", "invite.sent", "invite.delivered"],
    })
    await env.DB.prepare("UPDATE outbox SET status = 'queued', next_attempt_at = 0").run() // as if its sender had died
    expect(await sandboxEmails(acme.key)).toHaveLength(1)
    expect(await count("events", "type = 'invite.delivered'")).toBe(1)
    expect(await count("outbox", "status = 'sent'")).toBe(1)
  })

  it.each([
    ["bounced", "bounced", ["invite.created", "invite.sent", "invite.bounced"], 1],
    ["bounced+anything", "bounced", ["invite.created", "invite.sent", "invite.bounced"], 1],
    ["complained", "complained", ["invite.created", "invite.sent", "invite.delivered", "invite.complained"], 1],
    ["deferred+1", "deferred", ["invite.created", "invite.sent", "invite.deferred"], 0],
    ["delivered", "delivered", ["invite.created", "invite.sent", "invite.delivered"], 0],
    ["bouncedby", "delivered", ["invite.created", "invite.sent", "invite.delivered"], 0],
  ])("to %s@… has the outcome %s", async (name, email_status, events, suppressions) => {
    const contact_email = `${name}@northwind.example`
    const { id } = await inviteByApi(acme.key, { contact_email })
    await sandboxEmails(acme.key)
    expect(await outcomeOf(id)).toEqual({ status: "pending", email_status, events })
    expect(await count("suppressions", `sender_id = '${acme.sandboxId}'`)).toBe(suppressions)
    const resent = await callApi({ key: acme.key, path: `/invites/${id}/resends`, method: "POST", headers: {} })
    expect((await resent.json<{ code?: string }>()).code === "email_suppressed").toBe(suppressions === 1)
    // The address is as good as before outside of the sandbox.
    await acme.browser.post("/account/switch", { reseller_id: acme.resellerId })
    await invite(acme.browser, { contact_email })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([contact_email])
  })

  it("is encrypted where it is stored, for its sandbox alone", async () => {
    await inviteByApi(acme.key)
    const [email] = await sandboxEmails(acme.key)
    const path = linkIn(email)
    const row = await env.DB.prepare("SELECT * FROM sandbox_emails").first<Record<string, string>>()
    expect(JSON.stringify(row)).not.toContain(path)
    expect(row?.encrypted_content).toMatch(/^[0-9a-f]{8}\.[\w-]+$/)
    const globex = await createSandbox((await signInStaff("globex")).browser)
    await env.DB.prepare("UPDATE sandbox_emails SET reseller_id = ?").bind(globex.sandboxId).run()
    expect((await callApi({ key: globex.key, path: `/sandbox/emails/${email?.id}` })).status).toBe(404)
  })

  it("to staff is kept too: digests of theirs, but nothing about their own sign-in", async () => {
    const { id } = await inviteByApi(acme.key, { contact_email: "bounced@x.example" })
    await env.DB.prepare("UPDATE api_keys SET created_by = (SELECT user_id FROM staff LIMIT 1)").run()
    await sandboxEmails(acme.key)
    expect((await outcomeOf(id)).events).toContain("invite.bounced")
    await runCronJobs(createDeps(testEnv, () => undefined))
    const digest = (await sandboxEmails(acme.key)).find(({ kind }) => kind === "digest")
    expect(digest).toMatchObject({ to: "admin@acme.example", invite_id: null })
    await acme.browser.post("/forgot-password", { email: "admin@acme.example" })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["admin@acme.example"])
  })

  it("takes no turn of the provider's, which an email about a sandbox's person gives back", async () => {
    const turns: string[] = []
    const release = vi.fn(async () => undefined)
    const deps = {
      ...createDeps(testEnv, () => undefined),
      takeTurn: async ({ resellerId }: { resellerId: string | null }) => {
        turns.push(resellerId ?? "nobody's")
        return { isGranted: true as const, release }
      },
    }
    const send = vi.fn(async () => ({ messageId: "m1" }))
    const handle = async () => {
      const { results } = await env.DB.prepare(
        "SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox WHERE status = 'queued' AND kind <> 'webhook'",
      ).all()
      const messages = results.map((body) => ({
        body,
        id: "1",
        attempts: 1,
        ack: () => undefined,
        retry: () => undefined,
      }))
      await handleQueueBatch(deps, send, { queue: "vestibule-mail", messages } as unknown as MessageBatch)
    }
    await inviteByApi(acme.key)
    await handle()
    expect([turns, send.mock.calls.length]).toEqual([[], 0])
    const [email] = await sandboxEmails(acme.key)
    const person = await signInAs(
      (
        await addStaff(acme.sandboxId, {
          name: "Kim",
          email: `kim@x.example.${acme.sandboxId.slice(4)}.sandbox.invalid`,
          role: "support",
        })
      ).userId,
    )
    await person.post("/forgot-password", { email: "kim@x.example", sandbox: acme.sandboxId })
    await handle()
    expect([turns, release.mock.calls.length, send.mock.calls.length]).toEqual([["nobody's"], 1, 0])
    expect(await sandboxEmails(acme.key)).toHaveLength(2)
    expect(email?.kind).toBe("invite")
    await acme.browser.post("/account/switch", { reseller_id: acme.resellerId })
    await invite(acme.browser)
    await handle()
    expect([turns.at(-1), release.mock.calls.length, send.mock.calls.length]).toEqual([acme.resellerId, 1, 1])
  })
})

describe("the mailbox of a sandbox", () => {
  it("lists emails by page, by address and by invite", async () => {
    const first = await inviteByApi(acme.key, { contact_email: "one@x.example" })
    await inviteByApi(acme.key, { contact_email: "two@x.example" })
    await sandboxEmails(acme.key)
    type List = { data: { to: string }[]; next_cursor: string | null }
    const list = async (query: string) => (await call(`/sandbox/emails${query}`)).json<List>()
    const page = await list("?limit=1")
    expect(page.data.map(({ to }) => to)).toEqual(["two@x.example"])
    const next = await list(`?limit=1&cursor=${page.next_cursor}`)
    expect([next.data.map(({ to }) => to), next.next_cursor]).toEqual([["one@x.example"], null])
    for (const query of ["?to=ONE@x.example", `?invite_id=${first.id}`]) {
      expect((await list(query)).data.map(({ to }) => to)).toEqual(["one@x.example"])
    }
    expect((await list("?to=three@x.example")).data).toEqual([])
    for (const query of ["?to=x", "?invite_id=x", "?limit=0", "?cursor=x"]) {
      expect([query, (await call(`/sandbox/emails${query}`)).status]).toEqual([query, 422])
    }
  })

  it("shows an email in a frame that can't run scripts, and whose links can be opened", async () => {
    await inviteByApi(acme.key)
    const [email] = await sandboxEmails(acme.key)
    const path = `/settings/mailbox/${email?.id}`
    const page = await (await acme.browser.get(path)).text()
    expect(page).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/)
    const frame = await acme.browser.get(`${path}/html`)
    expect(frame.headers.get("Content-Security-Policy")).toMatch(
      /^default-src 'none'; img-src 'self'; style-src 'unsafe-hashes'/,
    )
    expect(frame.headers.get("X-Frame-Options")).toBe("SAMEORIGIN")
    expect(await frame.text()).toContain('<base target="_blank">')
    expect((await acme.browser.get(`${path}/text`)).headers.get("Content-Type")).toMatch(/^text\/plain/)
    expect((await acme.browser.get("/settings/mailbox/eml_none")).status).toBe(404)
  })

  it("is for those who can issue links", async () => {
    await inviteByApi(acme.key)
    const [email] = await sandboxEmails(acme.key)
    const { userId } = await addStaff(acme.resellerId, { name: "Rea", email: "rea@acme.example", role: "read_only" })
    const reader = await signInAs(userId)
    await reader.post("/account/switch", { reseller_id: acme.sandboxId })
    for (const path of ["", `/${email?.id}`, `/${email?.id}/text`, `/${email?.id}/html`]) {
      expect((await reader.get(`/settings/mailbox${path}`)).status).toBe(403)
    }
    const home = await (await reader.get("/")).text()
    expect([home.includes(staffEn.sandbox.notice), home.includes("/settings/mailbox")]).toEqual([true, false])
    const key = await createApiKey(acme.sandboxId, { scopes: ["invites:read", "settings:write"] })
    expect((await callApi({ key, path: "/sandbox/emails" })).status).toBe(403)
    expect((await callApi({ key, path: `/sandbox/emails/${email?.id}` })).status).toBe(403)
  })

  it("loses the emails of an invite that is purged", async () => {
    const kept = await inviteByApi(acme.key)
    const purged = await inviteByApi(acme.key, { contact_email: "purged@x.example" })
    await sandboxEmails(acme.key, "&to=purged@x.example")
    await callApi({ key: acme.key, method: "POST", path: `/invites/${purged.id}/revocation` })
    await confirmIdentityOfAll()
    await acme.browser.post(`/customers/invites/${purged.id}/purge?account=${acme.sandboxId}`)
    expect(await count("invites", "purged_at IS NOT NULL")).toBe(1)
    const { results } = await env.DB.prepare("SELECT invite_id FROM sandbox_emails").all()
    expect(results).toEqual([{ invite_id: kept.id }])
  })

  it("keeps the newest emails, for a month", async () => {
    await inviteByApi(acme.key)
    await sandboxEmails(acme.key)
    const now = Date.now()
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAILBOX_MAX + 5})
       INSERT INTO sandbox_emails SELECT 'eml_0' || printf('%05d', i), ?, 'invite', NULL, 'x@x.example', 'x', 'x', ? FROM n`,
    )
      .bind(acme.sandboxId, now - 31 * 86_400_000)
      .run()
    await inviteByApi(acme.key, { contact_email: "new@x.example" })
    await sandboxEmails(acme.key, "&to=new@x.example")
    expect(await count("sandbox_emails")).toBe(MAILBOX_MAX)
    expect(await count("sandbox_emails", "id = 'eml_000007'")).toBe(0)
    await runCronJobs(createDeps(testEnv, () => undefined))
    expect(await count("sandbox_emails")).toBe(2)
  })
})
