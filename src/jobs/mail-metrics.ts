import { errorCode, type SendEmail } from "../emails/provider.ts"
import { recordMetric } from "../http/metrics.ts"

/** The same sender, with a data point for each email that it passes to the provider. */
export function countEmails(env: Env, send: SendEmail): SendEmail {
  const count = (outcome: string) => recordMetric(env, { kind: "email", name: "email", outcome })
  return async (...mail) => {
    try {
      const sent = await send(...mail)
      count("ok")
      return sent
    } catch (error) {
      count(errorCode(error) ?? "failed")
      throw error
    }
  }
}
