import type { Child } from "hono/jsx"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"

type GuessLimitTextProps = { t: Messages; message: string; inviteId?: string }

/** Says how long a password isn't accepted, and what works meanwhile. A reset link returns to the invite. */
export function GuessLimitText({ t, message, inviteId }: GuessLimitTextProps) {
  const resetLink = <a href={href("passwordReset.new", {}, { invite: inviteId })}>{t.guessLimit.resetPassword}</a>
  return (
    <>
      {message} {t.guessLimit.sooner<Child>(resetLink)}
    </>
  )
}
