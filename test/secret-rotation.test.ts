import { env } from "cloudflare:workers"
import { Webhook as Verifier } from "standardwebhooks"
import { beforeEach, describe, expect, it } from "vitest"
import { knownBrowserId, newKnownBrowser } from "../src/domain/access/known-browser.ts"
import { reencryptSecrets } from "../src/domain/factors/authenticator.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { createDeps } from "../src/http/bindings.ts"
import { sendWebhook } from "../src/webhooks/send.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  PASSWORD,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { codeAt, setUpAuthenticator } from "./support/factors.ts"

/** The deployment with a new secret, without and with the earlier one. Better Auth is created once for each binding. */
let replaced: Env
let replacing: Env & { AUTH_SECRET_PREVIOUS: string }

beforeEach(() => {
  replaced = { ...testEnv, DB: countingD1(env.DB).database, AUTH_SECRET: "n".repeat(43) }
  replacing = { ...replaced, DB: countingD1(env.DB).database, AUTH_SECRET_PREVIOUS: testEnv.AUTH_SECRET }
})

const depsOf = (bindings: Env) => createDeps(bindings, () => undefined)

describe("while AUTH_SECRET is replaced", () => {
  it("sessions continue, and end with the previous secret", async () => {
    const { browser } = await signInStaff()
    const statusWith = async (bindings: Env) => {
      browser.env = bindings
      return (await browser.get("/customers")).status
    }
    expect([await statusWith(replacing), await statusWith(replaced)]).toEqual([200, 303])
  })

  it("a sign-in ends the earlier session of the same browser", async () => {
    const { browser } = await signInStaff()
    browser.env = replacing
    for (let n = 0; n < 2; n++) {
      const response = await browser.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
      expect([response.status, await count("sessions")]).toEqual([303, 1])
    }
  })

  it("authenticator apps continue to work, and their secrets are encrypted again", async () => {
    const { browser, resellerId } = await signInStaff()
    const { secret } = await setUpAuthenticator(browser)
    const signInWith = async (bindings: Env, steps: number) => {
      const visitor = new Browser()
      visitor.env = bindings
      await visitor.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
      return (await visitor.post("/sign-in/second-factor", { code: codeAt(secret, steps) })).status
    }
    await env.DB.prepare("UPDATE authenticators SET last_step = 0").run()
    expect(await signInWith(replaced, -1)).toBe(422)
    expect(await signInWith(replacing, -1)).toBe(303)
    // A secret that can't be decrypted is reported, and stops no other.
    await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "sales" })
    await env.DB.prepare(
      `INSERT INTO authenticators (user_id, encrypted_secret, algorithm, last_step, created_at)
       SELECT users.id, encrypted_secret, algorithm, 0, 0 FROM users, authenticators WHERE users.email = 'kim@acme.example'`,
    ).run()
    await expect(reencryptSecrets(depsOf(replacing))).rejects.toThrow("can't be decrypted")
    expect(await signInWith(replaced, 0)).toBe(303)
  })

  it("browsers stay known, and are strangers without the previous secret", async () => {
    const { config } = depsOf(testEnv)
    const cookie = await newKnownBrowser({ config }, "dana@acme.example")
    const isKnown = async (bindings: Env, email: string) =>
      (await knownBrowserId(depsOf(bindings), cookie, email)) !== undefined
    expect([
      await isKnown(replacing, "dana@acme.example"),
      await isKnown(replacing, "kim@acme.example"),
      await isKnown(replaced, "dana@acme.example"),
    ]).toEqual([true, false, false])
  })

  it("webhooks are signed with both secrets, and the page shows the new one", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const body = { url: "https://crm.example.com/hooks", events: ["invite.created"] }
    const created = await callApi({ key, path: "/webhooks", body })
    const { id, secret: earlier } = await created.json<{ id: string; secret: string }>()
    await invite(browser)
    browser.env = replacing
    const page = await (await browser.get(`/settings/webhooks/${id}`)).text()
    const [current = ""] = /whsec_[\w+/=]+/.exec(page) ?? []
    expect([current === earlier, page.includes("the one before")]).toEqual([false, true])
    const outboxId = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    const claimed = await claim(depsOf(replacing), outboxId ?? "")
    if (claimed?.kind !== "webhook") throw new Error("the webhook wasn't claimed")
    const verified: boolean[] = []
    const receive = async (_url: string, init: RequestInit) => {
      const headers = Object.fromEntries(new Headers(init.headers))
      for (const secret of [earlier, current]) {
        verified.push(Boolean(new Verifier(secret).verify(String(init.body), headers)))
      }
      return new Response()
    }
    await sendWebhook(depsOf(replacing), receive, claimed)
    expect(verified).toEqual([true, true])
  })

  it("nothing is replaced if both are the same", () => {
    const same = { ...testEnv, AUTH_SECRET_PREVIOUS: testEnv.AUTH_SECRET } as Env
    expect([depsOf(same), depsOf(replacing), depsOf(testEnv)].map(({ config }) => config.previousMasterSecret)).toEqual(
      [null, testEnv.AUTH_SECRET, null],
    )
  })

  it("the addresses of purged invites stay refused", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await env.DB.prepare(
      `INSERT INTO suppressions (sender_id, email, cause, created_at)
       SELECT reseller_id, contact_email, 'bounced', 0 FROM invites`,
    ).run()
    await browser.post(`/customers/invites/${id}/revocation`)
    await browser.post(`/customers/invites/${id}/purge`)
    expect(await count("suppressions", "email GLOB 'hmac:*'")).toBe(1)
    browser.env = replacing
    await expect(invite(browser)).rejects.toThrow()
    expect(await count("invites")).toBe(1)
  })
})
