import type { Child } from "hono/jsx"
import type { RateLimit } from "../../domain/failure.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"

type GuessLimitTextProps = {
  t: Messages
  limit: { scope: RateLimit; message: string }
  inviteId?: string
  next?: string | undefined
  sandbox?: string | undefined
}

/** Says how long no password is accepted, and after too many wrong ones what works meanwhile. A reset link returns to the invite. */
export function GuessLimitText({ t, limit: { scope, message }, inviteId, next, sandbox }: GuessLimitTextProps) {
  if (scope !== "guess_limit") return <>{message}</>
  const query = { invite: inviteId, next, sandbox }
  const resetLink = <a href={href("passwordReset.new", {}, query)}>{t.guessLimit.resetPassword}</a>
  return (
    <>
      {message}
      {t.language.space}
      {t.guessLimit.sooner<Child>(resetLink)}
    </>
  )
}
