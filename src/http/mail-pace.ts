import type { Deps, Turn } from "../domain/deps.ts"
import { logError } from "./log.ts"
import type { Settings } from "./settings.ts"

/** How soon an email comes back if the pacer can't be asked, because it restarts or fails. */
const PACER_RETRY_SECONDS = 5
/** How long no email is sent after the provider has refused one for its rate, or because the deployment is wrong. */
const PAUSE_SECONDS = { rate: 10, sender: 300 }

const UNPACED: Turn = { isGranted: true, release: async () => undefined }

/** The pace at which the whole deployment sends emails. */
export function createMailPace(
  env: Env,
  { MAILS_PER_SECOND: perSecond, MAILS_PER_DAY: perDay }: Settings,
): Pick<Deps, "takeTurn" | "pauseMail"> {
  if (perSecond === 0 && perDay === 0) return { takeTurn: async () => UNPACED, pauseMail: async () => undefined }
  const limits = { perSecond, perDay }
  const pacer = () => env.MAIL_PACER.getByName("mail")
  const logFailure = (error: unknown) => logError("the pacer of emails failed", error)
  return {
    async takeTurn({ resellerId, isBulk }) {
      try {
        const retryInSeconds = await pacer().take({ resellerId: resellerId ?? "", isBulk, limits })
        if (retryInSeconds > 0) return { isGranted: false, retryInSeconds }
        return { isGranted: true, release: () => pacer().release(limits).catch(logFailure) }
      } catch (error) {
        logFailure(error)
        return { isGranted: false, retryInSeconds: PACER_RETRY_SECONDS }
      }
    },
    pauseMail: (reason) => pacer().pause(PAUSE_SECONDS[reason]).catch(logFailure),
  }
}
