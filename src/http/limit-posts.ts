import { Failure } from "../domain/failure.ts"
import { MINUTE_MS } from "../domain/time.ts"
import { factory } from "./context.ts"

// As in wrangler.toml. Cloudflare counts each of its locations for itself.
const POSTS_MAX = 100
const PERIOD_MS = MINUTE_MS

/** Throws `rate_limited` if a network, or a signed-in person in it, posts too many forms. */
export const limitPosts = factory.createMiddleware(async (c, next) => {
  const { client, now } = c.var.deps
  // Colleagues share a network, so people who are signed in are counted one by one.
  const sender = [client?.network ?? "unknown", ...(c.var.sessionUser ? [c.var.sessionUser.user.id] : [])]
  const { success } = await c.env.POST_LIMITER.limit({ key: sender.join(" ") })
  if (!success) {
    const resetAt = new Date(now().getTime() + PERIOD_MS)
    throw new Failure({ kind: "rate_limited", scope: "request_limit", limit: POSTS_MAX, remaining: 0, resetAt })
  }
  await next()
})
