import { Webhook as Signer } from "standardwebhooks"
import type { Deps } from "../domain/deps.ts"
import type { Claimed } from "../domain/outbox-claim.ts"
import { webhookAddressProblem } from "../domain/webhook-address.ts"
import { ANSWER_MAX, type AttemptResult, webhookDelivered, webhookFailed } from "../domain/webhook-deliveries.ts"
import { secretsOf } from "../domain/webhooks.ts"

/** Standard Webhooks asks for 15 to 30 seconds. */
const TIMEOUT_MS = 15_000
const ANSWER_WAIT_MS = 1_000

/** Posts to a receiver; `fetch` in the Worker. */
export type Post = (url: string, init: RequestInit) => Promise<Response>

/**
 * Sends one claimed event, signed as Standard Webhooks has it, and records what came of it. Returns in how many seconds to
 * try again, if it must be.
 */
export async function deliverWebhook(
  deps: Deps,
  post: Post,
  claimed: Extract<Claimed, { kind: "webhook" }>,
): Promise<number | undefined> {
  const refused = webhookAddressProblem(claimed.webhook.url, deps.config)
  const result = refused ? { responseStatus: null, responseBody: refused } : await attempt(deps, post, claimed)
  const isTaken = result.responseStatus !== null && result.responseStatus >= 200 && result.responseStatus < 300
  if (!isTaken) return webhookFailed(deps, claimed, result)
  await webhookDelivered(deps, claimed, result)
  return undefined
}

async function attempt(
  deps: Deps,
  post: Post,
  { row, webhook }: Extract<Claimed, { kind: "webhook" }>,
): Promise<AttemptResult> {
  const body = row.payload ?? "{}"
  const at = deps.now()
  const id = row.id.replace(/_[0-9a-z]{26}$/, "") // the event's own, the same to every webhook
  const signatures = (await secretsOf(deps, webhook)).map((secret) => new Signer(secret).sign(id, at, body))
  try {
    const response = await post(webhook.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "Vestibule-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": signatures.join(" "),
      },
      body,
      redirect: "manual", // where it leads was not checked
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { responseStatus: response.status, responseBody: await beginningOf(response) }
  } catch (error) {
    return { responseStatus: null, responseBody: error instanceof Error ? error.message : String(error) }
  }
}

/** The first bytes of an answer, as far as they come within a moment: the status has decided already. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ""
  const patience = setTimeout(() => void reader.cancel().catch(() => undefined), ANSWER_WAIT_MS)
  const decoder = new TextDecoder()
  let text = ""
  try {
    while (text.length < ANSWER_MAX) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    await reader.cancel()
  } catch {
    // Broken off: what came before it is all there is to keep.
  } finally {
    clearTimeout(patience)
  }
  return text
}
