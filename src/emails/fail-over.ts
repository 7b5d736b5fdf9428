import { DAILY_LIMIT_CODE, isRefusalOfProvider, isSenderRefused, NO_ANSWER_CODE } from "../domain/outbox/send-errors.ts"
import { MINUTE_MS } from "../domain/time.ts"
import { errorCode, type SendEmail, SendFailure } from "./provider.ts"

/** How long a provider isn't asked after it has refused an email for reasons of its own, or hasn't answered. */
const SKIPPED_MS = MINUTE_MS

type Provider = {
  send: SendEmail
  /** It recognizes an email that it was sent before. */
  isIdempotent: boolean
}

/** A provider that was asked, and why it didn't take the last email. */
type Failed = { skippedUntil: number; code: string | undefined; message: string }

/**
 * Passes each email to the first provider that takes it. The next one is asked at once if a provider refuses for reasons of its own;
 * not if the email is at fault, and not if nobody knows whether the provider has taken it.
 */
export function failOver(providers: Provider[]): SendEmail {
  const failures = new Map<Provider, Failed>()

  /** Those to ask, in order: an email without an answer goes to where it is known. */
  function candidates(isUnanswered: boolean): Provider[] {
    const known = providers.filter(({ isIdempotent }) => isUnanswered && isIdempotent)
    const isSkipped = (provider: Provider) => (failures.get(provider)?.skippedUntil ?? 0) > Date.now()
    const others = providers.filter((provider) => !known.includes(provider) && !isSkipped(provider))
    if (known.length + others.length > 0) return [...known, ...others]
    return providers.filter((provider) => !isSenderRefused(failures.get(provider)?.code))
  }

  return async (mail, delivery) => {
    const refusals: string[] = []
    for (const provider of candidates(delivery.isUnanswered)) {
      // One email finds out whether a provider works again, while others skip it.
      const before = failures.get(provider)
      if (before) before.skippedUntil = Date.now() + SKIPPED_MS
      try {
        const { messageId } = await provider.send(mail, delivery)
        failures.delete(provider)
        return { messageId, refusals }
      } catch (error) {
        const code = errorCode(error)
        const message = error instanceof Error ? error.message : String(error)
        const isRefusal = isRefusalOfProvider(code)
        if (isRefusal || !code || code === NO_ANSWER_CODE) {
          failures.set(provider, { skippedUntil: Date.now() + SKIPPED_MS, code, message })
        } else failures.delete(provider)
        if (!isRefusal) throw refusals.length > 0 ? new SendFailure(code, message, refusals) : error
        refusals.push(code ?? "")
      }
    }
    throw decidingFailure([...failures.values()], refusals)
  }
}

/** A fault of the deployment, wherever it is, decides how long the email waits; otherwise the provider that may work again first. */
function decidingFailure(failures: Failed[], refusals: string[]): SendFailure {
  const refused = failures.filter(({ code }) => isRefusalOfProvider(code))
  const { code, message = "" } =
    refused.find((failure) => isSenderRefused(failure.code)) ??
    refused.find((failure) => failure.code !== DAILY_LIMIT_CODE) ??
    refused[0] ??
    {}
  return new SendFailure(code, message, refusals)
}
