import { DAILY_LIMIT_CODE, isRefusalOfProvider, isSenderRefused, NO_ANSWER_CODE } from "../domain/outbox/send-errors.ts"
import { MINUTE_MS } from "../domain/time.ts"
import { errorCode, type Refusal, type SendEmail, SendFailure } from "./provider.ts"

/** How long a provider isn't asked after it has refused an email for reasons of its own, or hasn't answered. */
const SKIPPED_MS = MINUTE_MS

type Provider = {
  send: SendEmail
  /** It recognizes an email that it was sent before. */
  isIdempotent: boolean
}

/** A provider that was asked, and why it didn't take the last email. */
type Failed = { skippedUntil: number; code: string | undefined; message: string; detail: string | undefined }

/**
 * Passes each email to the first provider that takes it. The next one is asked at once if a provider refuses for reasons of its own;
 * not if the email is at fault, and not if nobody knows whether the provider has taken it.
 */
export function failOver(providers: Provider[]): SendEmail {
  const failures = new Map<Provider, Failed>()

  /** Those that are worth asking, in order. */
  function candidates(): Provider[] {
    const isSkipped = (provider: Provider) => (failures.get(provider)?.skippedUntil ?? 0) > Date.now()
    const worthAsking = providers.filter((provider) => !isSkipped(provider))
    if (worthAsking.length > 0) return worthAsking
    return providers.filter((provider) => !isSenderRefused(failures.get(provider)?.code))
  }

  return async (mail, delivery) => {
    const refusals: Refusal[] = []
    // An email without an answer goes to where it is known, and nowhere else.
    const known = providers.filter(({ isIdempotent }) => delivery.isUnanswered && isIdempotent)
    for (const provider of known.length > 0 ? known : candidates()) {
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
        const detail = error instanceof SendFailure ? error.detail : undefined
        const isRefusal = isRefusalOfProvider(code)
        if (isRefusal || !code || code === NO_ANSWER_CODE) {
          failures.set(provider, { skippedUntil: Date.now() + SKIPPED_MS, code, message, detail })
        } else failures.delete(provider)
        if (!isRefusal) throw refusals.length > 0 ? new SendFailure(code, message, { detail, refusals }) : error
        refusals.push({ code: code ?? "", detail })
      }
    }
    const { code, message, detail } = decidingFailure([...failures.values()])
    throw new SendFailure(known.length > 0 ? NO_ANSWER_CODE : code, message, { detail, refusals })
  }
}

/** A fault of the deployment, wherever it is, decides how long the email waits; otherwise the provider that may work again first. */
function decidingFailure(failures: Failed[]): Omit<Failed, "skippedUntil"> {
  const refused = failures.filter(({ code }) => isRefusalOfProvider(code))
  const failure =
    refused.find(({ code }) => isSenderRefused(code)) ??
    refused.find(({ code }) => code !== DAILY_LIMIT_CODE) ??
    refused[0]
  return failure ?? { code: undefined, message: "", detail: undefined }
}
