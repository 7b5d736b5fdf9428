import type { Context } from "hono"
import { Failure } from "../../domain/failure.ts"
import { openLink } from "../../domain/invites/link-state.ts"
import type { AppEnv } from "../../http/context.ts"
import { isBackgroundForm } from "../../http/htmx.ts"
import { inviteMessages } from "../../http/language.ts"
import { rateLimit } from "../../http/problems.ts"
import { parseSandboxId } from "../../text/sandbox-address.ts"
import { GuessLimitText } from "../ui/guess-limit.tsx"
import { respondWithLinkState } from "./states.tsx"

/** Responds with the page of a link after too many wrong passwords or codes, or while others are checked. Rethrows any other error. */
export async function respondWithGuessLimit(
  c: Context<AppEnv>,
  error: unknown,
  { token, values = {} }: { token: string; values?: Record<string, string> },
): Promise<Response> {
  if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
  const linkState = await openLink(c.var.deps, token)
  if (linkState.state === "invalid") return respondWithLinkState(c, token, linkState)
  const { id: inviteId } = linkState.invite
  const sandbox = parseSandboxId(linkState.reseller.id)
  const t = inviteMessages(c, linkState.invite)
  c.set("securitySubject", { inviteId })
  const limit = rateLimit(c, error, t)
  if (isBackgroundForm(c)) return c.json({ message: limit.message }, limit.status)
  const errorMessage =
    linkState.state === "valid" ? <GuessLimitText {...{ t, limit, inviteId, sandbox }} /> : limit.message
  return respondWithLinkState(c, token, linkState, { values, errorMessage, status: limit.status })
}
