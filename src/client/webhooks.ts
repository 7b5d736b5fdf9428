import type { WebhookEvent } from "../../.generated/client-source/api.ts"

const TOLERANCE_SECONDS = 5 * 60
const SECRET_PREFIX = "whsec_"

type WebhookRequest = {
  /** The body as it was received: parsing and serializing it again would change it. */
  body: string | Uint8Array
  headers: Headers | Record<string, string | string[] | undefined>
}

type VerificationOptions = {
  /** How far the time of the signature may be from now. Default: 5 minutes. */
  toleranceSeconds?: number | undefined
  now?: Date | undefined
}

/** An event, with its id. The id is the same in each delivery, so that you can ignore repeated ones. */
export type ReceivedEvent = WebhookEvent & { id: string }

/** The request isn't from the service, or it is too old. Answer it with 400. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError"
  readonly reason: "header_missing" | "too_old_or_new" | "wrong_signature"

  constructor(reason: WebhookVerificationError["reason"], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Verifies that an event was signed with one of the secrets, as Standard Webhooks 1.0 says, and returns it. While you rotate a
 * secret, pass both.
 */
export async function verifyWebhook(
  { body, headers }: WebhookRequest,
  secrets: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS, now = new Date() }: VerificationOptions = {},
): Promise<ReceivedEvent> {
  const id = requireHeader(headers, "webhook-id")
  const timestamp = requireHeader(headers, "webhook-timestamp")
  const signatures = requireHeader(headers, "webhook-signature")
  const age = now.getTime() / 1000 - Number(timestamp)
  if (!/^\d+$/.test(timestamp) || Math.abs(age) > toleranceSeconds) {
    throw new WebhookVerificationError("too_old_or_new", "The webhook's timestamp is too far from now.")
  }

  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Pass the body as it was received, not parsed.")
  const content = concatenate(new TextEncoder().encode(`${id}.${timestamp}.`), bytes)
  for (const secret of [secrets].flat()) {
    const key = await importKey(secret)
    for (const signature of signatures.split(" ")) {
      if (await isSignedWith(key, signature, content)) return { ...JSON.parse(new TextDecoder().decode(bytes)), id }
    }
  }
  throw new WebhookVerificationError("wrong_signature", "No signature of the webhook matches a secret.")
}

function requireHeader(headers: WebhookRequest["headers"], name: string): string {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers)
  const value = entries.find(([key]) => key.toLowerCase() === name)?.[1]
  const text = Array.isArray(value) ? value[0] : value
  if (!text) throw new WebhookVerificationError("header_missing", `The header ${name} is missing.`)
  return text
}

function importKey(secret: string) {
  if (!secret?.startsWith(SECRET_PREFIX)) throw new TypeError(`A webhook's secret starts with ${SECRET_PREFIX}`)
  const bytes = fromBase64(secret.slice(SECRET_PREFIX.length))
  if (!bytes?.length) throw new TypeError("A webhook's secret is base64. Was all of it copied?")
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
}

async function isSignedWith(key: CryptoKey, signature: string, content: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [version, base64 = ""] = signature.split(",")
  const bytes = version === "v1" ? fromBase64(base64) : undefined
  return bytes !== undefined && crypto.subtle.verify("HMAC", key, bytes, content)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
