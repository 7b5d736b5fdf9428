import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { webhookUrlError } from "../src/domain/webhooks/url-policy.ts"
import { createDeps } from "../src/http/bindings.ts"
import { sendWebhook } from "../src/webhooks/send.ts"
import { callApi, count, createApiKey, createReseller, invite, testEnv } from "./support/app.ts"
import { createWebhookFixture, deliverWebhooks } from "./support/webhooks.ts"

const PRODUCTION = {
  baseUrl: "https://vestibule.example",
  mailFrom: "invites@vestibule.example",
  allowsLoopback: false,
  webhookHosts: null,
}
const LOCAL = { ...PRODUCTION, baseUrl: "http://localhost:8787", allowsLoopback: true }

describe("a webhook URL", () => {
  it.each([
    "http://crm.example.com/",
    "https://localhost/",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[::127.0.0.1]/",
    "https://[::10.0.0.1]/",
    "https://printer.local..",
    "https://vestibule.example/r/x",
    "https://vestibule.example./",
    "https://vestibule.example:8443/",
    "https://app.vestibule.example/",
    "https://crm.example.com:8080/",
    "https://crm.example.com:22/",
    "https://crm.example.com:80/",
    "https://crm.example.com:844/",
    "https://x.test/",
    "https://printer.local/",
    "https://vault.internal./",
    "https://intranet/",
    "https://user:secret@crm.example.com/",
    "ftp://crm.example.com/",
    "javascript:alert(1)",
    "crm.example.com",
    "",
  ])("can't be “%s”", (address) => {
    expect(webhookUrlError(address, PRODUCTION)).toBeDefined()
  })

  it("must be public and https, except loopback URLs on a developer's machine", () => {
    for (const address of [
      "https://crm.example.com/hooks?x=1",
      "https://crm.example.com:443/",
      "https://crm.example.com:8443/",
      "https://notvestibule.example/",
      "https://1.1.1.1/",
      "https://[2606:4700::1111]/",
    ]) {
      expect(webhookUrlError(address, PRODUCTION)).toBeUndefined()
    }
    for (const address of ["http://localhost:9000/", "http://127.0.0.1:9000/", "https://[::1]/"]) {
      expect(webhookUrlError(address, LOCAL)).toBeUndefined()
      expect(webhookUrlError(address, PRODUCTION)).toBeDefined()
    }
    for (const address of ["http://10.0.0.1/", "http://crm.example.com/"]) {
      expect(webhookUrlError(address, LOCAL)).toBeDefined()
    }
  })

  it("can't be a host of our zone, above or beside ours", () => {
    const policy = { ...PRODUCTION, baseUrl: "https://portal.vestibule.example" }
    for (const host of [
      "portal.vestibule.example",
      "x.portal.vestibule.example",
      "vestibule.example",
      "other.vestibule.example",
    ]) {
      expect([host, webhookUrlError(`https://${host}/`, policy)]).toEqual([host, expect.stringContaining("our own")])
    }
  })

  it("must be on a host that the operator allows, if there is a list", () => {
    const policy = { ...PRODUCTION, webhookHosts: ["crm.example.com", "hooks.example.org"] }
    const isAllowed = (host: string) => webhookUrlError(`https://${host}/`, policy) === undefined
    expect(["crm.example.com", "eu.crm.example.com", "hooks.example.org"].filter(isAllowed)).toHaveLength(3)
    expect(["example.com", "notcrm.example.com", "crm.example.com.evil.example", "1.1.1.1"].filter(isAllowed)).toEqual(
      [],
    )
  })

  it("is refused and not called if the operator no longer allows its host", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const limited = createDeps({ ...testEnv, WEBHOOK_HOSTS: "other.example" }, () => undefined)
    const outboxId = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    const claimed = await claim(limited, outboxId ?? "")
    if (claimed?.kind !== "webhook") throw new Error("the webhook wasn't claimed")
    const called: string[] = []
    await sendWebhook(limited, async (url) => new Response(String(called.push(url))), claimed)
    const reason = await env.DB.prepare("SELECT response_body FROM webhook_attempts").first<string>("response_body")
    expect([called, reason]).toEqual([[], expect.stringContaining("Ask the operator")])
  })

  it("is stored as it is requested", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    for (const [url, stored] of [
      ["HTTPS://CRM.Example.com:443/a/../b c?x=é", "https://crm.example.com/b%20c?x=%C3%A9"],
      ["https://bücher.example.com\\hooks", "https://xn--bcher-kva.example.com/hooks"],
      ["https:crm.example.com/\u0009x", "https://crm.example.com/x"],
    ]) {
      const response = await callApi({ path: "/webhooks", key, body: { url, events: ["invite.sent"] } })
      expect([response.status, (await response.json<{ url: string }>()).url]).toEqual([201, stored])
    }
    const long = `https://crm.example.com/${"é".repeat(200)}`
    const response = await callApi({ path: "/webhooks", key, body: { url: long, events: ["invite.sent"] } })
    expect(response.status).toBe(422)
  })

  it("is checked again before each delivery", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await env.DB.prepare("UPDATE webhooks SET url = 'https://10.0.0.1/'").run()
    await invite(browser)
    expect(await deliverWebhooks()).toEqual([])
    expect(await count("webhook_attempts", "response_body LIKE '%public internet%'")).toBe(1)
  })
})
