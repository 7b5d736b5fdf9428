import type { Context } from "hono"
import { recordDeliveryEvent } from "../../domain/mail/delivery-events.ts"
import { toDeliveryEvent } from "../../domain/mail/provider-events.ts"
import { isSigned } from "../../domain/webhooks/signature.ts"
import type { AppEnv } from "../../http/context.ts"
import { limitBodySize } from "../../http/limits.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { readSettings } from "../../http/settings.ts"

/** Where the HTTP provider of emails reports their delivery. Its signature is the only proof, and comes before anything is read. */
export const mailEventRoutes = new Router()

mailEventRoutes.serve("mailEvents.receive", limitBodySize, async (c) => {
  const { MAIL_EVENTS_SECRET: secret } = readSettings(c.env)
  if (!secret) return c.notFound()
  const id = signatureHeader(c, "id")
  const body = new Uint8Array(await c.req.arrayBuffer())
  const signed = { id, timestamp: signatureHeader(c, "timestamp"), body }
  if (!id || !isSigned(secret, signed, signatureHeader(c, "signature"), c.var.deps.now())) {
    logSecurityEvent(c, { event: "credentials_refused", reason: "mail_events_signature" })
    return c.body(null, 401)
  }
  const received = parseJson(body)
  if (received === undefined) return c.body(null, 400)
  const event = toDeliveryEvent(Object(received))
  if (event) await recordDeliveryEvent(c.var.deps, event, id)
  return c.body(null, 204)
})

/** Undefined if it isn't JSON. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

/** Those who sign by Svix name its headers after it. */
const signatureHeader = (c: Context<AppEnv>, name: "id" | "timestamp" | "signature") =>
  c.req.header(`webhook-${name}`) ?? c.req.header(`svix-${name}`) ?? ""
