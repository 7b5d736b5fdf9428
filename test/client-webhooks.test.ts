import { beforeEach, describe, expect, it } from "vitest"
import { verifyWebhook, type WebhookVerificationError } from "../.generated/client-source/index.ts"
import { toPayload } from "../src/domain/events/payload.ts"
import { createDeps } from "../src/http/bindings.ts"
import type { RecordedEvent } from "../src/storage/schema.ts"
import { signatureHeaders } from "../src/webhooks/sign.ts"
import { callApi, createApiKey, createReseller, db, testEnv } from "./support/app.ts"

const deps = createDeps(testEnv, () => undefined)
const EVENT: Pick<RecordedEvent, "id" | "type" | "occurredAt" | "data"> = {
  id: "evt_1",
  type: "invite.sent",
  occurredAt: new Date("2026-11-24T10:00:00Z"),
  data: {
    invite_id: "inv_ä",
    status: "pending",
    email_status: "sent",
    send_count: 1,
    customer_id: null,
    external_id: null,
    metadata: {},
  },
}
const body = JSON.stringify(toPayload(EVENT))

let headers: Record<string, string>
let secret: string
let rotateSecret: () => Promise<string>

/** The headers with which the Worker sends the event now. */
async function signedHeaders() {
  const webhook = await db.query.webhooks.findFirst()
  if (!webhook) throw new Error("there is no webhook")
  return signatureHeaders(deps, { webhook, event: EVENT as RecordedEvent }, body)
}

beforeEach(async () => {
  const key = await createApiKey((await createReseller()).resellerId)
  const created = await callApi({
    key,
    path: "/webhooks",
    body: { url: "https://crm.example.com/hooks", events: ["invite.sent"] },
  })
  const { id, secret: firstSecret } = await created.json<{ id: string; secret: string }>()
  secret = firstSecret
  headers = await signedHeaders()
  rotateSecret = async () => {
    const rotated = await callApi({ key, method: "POST", path: `/webhooks/${id}/secrets` })
    return (await rotated.json<{ secret: string }>()).secret
  }
})

const reasonOf = (verification: Promise<unknown>) =>
  verification.then(
    () => "verified",
    (error: WebhookVerificationError) => error.reason ?? String(error),
  )

describe("the client's verification of webhooks", () => {
  it("returns the event that the Worker signed, with its id", async () => {
    const event = { id: "evt_1", type: "invite.sent", timestamp: "2026-11-24T10:00:00.000Z", data: EVENT.data }
    expect(await verifyWebhook({ body, headers }, secret)).toEqual(event)
    expect(
      await verifyWebhook({ body: new TextEncoder().encode(body), headers: new Headers(headers) }, secret),
    ).toEqual(event)
    const upperCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]))
    expect(await verifyWebhook({ body, headers: upperCase }, [secret])).toEqual(event)
  })

  it("accepts the old and the new secret, alone or together, while the Worker signs with both", async () => {
    const newSecret = await rotateSecret()
    const whileRotating = await signedHeaders()
    for (const secrets of [secret, newSecret, [newSecret, secret]]) {
      expect(await reasonOf(verifyWebhook({ body, headers: whileRotating }, secrets))).toBe("verified")
    }
    expect(await reasonOf(verifyWebhook({ body, headers }, newSecret))).toBe("wrong_signature")
    expect(await reasonOf(verifyWebhook({ body, headers }, [newSecret, secret]))).toBe("verified")
  })

  it("says what is wrong with a parsed body or a secret that isn't one", async () => {
    const parsed = JSON.parse(body)
    await expect(verifyWebhook({ body: parsed, headers }, secret)).rejects.toThrow("not parsed")
    for (const wrong of ["whsec_", "whsec_%", secret.slice("whsec_".length), ...JSON.parse("[null]")]) {
      await expect(verifyWebhook({ body, headers }, wrong)).rejects.toThrow(/^A webhook's secret/)
    }
  })

  it("refuses another body, id, time or secret", async () => {
    const verify = (changed: Record<string, string>, changedBody = body) =>
      reasonOf(verifyWebhook({ body: changedBody, headers: { ...headers, ...changed } }, secret))
    expect(await verify({}, body.replace("sent", "open"))).toBe("wrong_signature")
    expect(await verify({ "webhook-id": "evt_2" })).toBe("wrong_signature")
    expect(await verify({ "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) })).toBe(
      "wrong_signature",
    )
    expect(await verify({ "webhook-signature": "v1,%%% v2,AAAA v1 AAAA" })).toBe("wrong_signature")
    const other = `whsec_${btoa("another secret of a webhook")}`
    expect(await reasonOf(verifyWebhook({ body, headers }, other))).toBe("wrong_signature")
  })

  it("refuses a time of more than five minutes ago or ahead, and headers that are missing", async () => {
    const at = (seconds: number) => new Date((Number(headers["webhook-timestamp"]) + seconds) * 1000)
    for (const [seconds, reason] of [
      [300, "verified"],
      [301, "too_old_or_new"],
      [-300, "verified"],
      [-301, "too_old_or_new"],
    ] as const) {
      expect(await reasonOf(verifyWebhook({ body, headers }, secret, { now: at(seconds) }))).toBe(reason)
    }
    expect(await reasonOf(verifyWebhook({ body, headers }, secret, { now: at(60), toleranceSeconds: 59 }))).toBe(
      "too_old_or_new",
    )
    for (const name of Object.keys(headers)) {
      const { [name]: _, ...others } = headers
      expect(await reasonOf(verifyWebhook({ body, headers: others }, secret))).toBe("header_missing")
    }
  })

  it("says that a secret was copied wrongly", async () => {
    expect(await reasonOf(verifyWebhook({ body, headers }, secret.slice(6)))).toContain("starts with whsec_")
    expect(await reasonOf(verifyWebhook({ body, headers }, `${secret}*`))).toContain("base64")
  })
})
