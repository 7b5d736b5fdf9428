import { Failure } from "../domain/failure.ts"
import { MINUTE_MS } from "../domain/time.ts"
import { factory } from "./context.ts"

// As in wrangler.toml. Cloudflare counts each of its locations for itself.
const NETWORK_POSTS_MAX = 300
const PERSON_POSTS_MAX = 1_000
/** An office of 200 people, each of whom pauses fifteen times while they think of a password. A check hashes nothing. */
const PASSWORD_CHECKS_MAX = 3_000

/**
 * Throws `rate_limited` if a network posts too many forms where nobody is signed in, or a signed-in person does. Colleagues share a
 * network, so these are counted one by one.
 */
export const limitPosts = limitBy("POST_LIMITER", NETWORK_POSTS_MAX)

/** The same for checks of a new password. Several precede a form, and must not use up what is left for forms. */
export const limitPasswordChecks = limitBy("PASSWORD_CHECK_LIMITER", PASSWORD_CHECKS_MAX)

function limitBy(networkLimiter: "POST_LIMITER" | "PASSWORD_CHECK_LIMITER", networkMax: number) {
  return factory.createMiddleware(async (c, next) => {
    const { deps, sessionUser } = c.var
    const { success } = sessionUser
      ? await c.env.PERSON_POST_LIMITER.limit({ key: sessionUser.user.id })
      : await c.env[networkLimiter].limit({ key: deps.client?.network ?? "" })
    if (!success) {
      const resetAt = new Date(deps.now().getTime() + MINUTE_MS)
      const limit = sessionUser ? PERSON_POSTS_MAX : networkMax
      throw new Failure({ kind: "rate_limited", scope: "request_limit", limit, remaining: 0, resetAt })
    }
    await next()
  })
}
