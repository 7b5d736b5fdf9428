import { isApiPath } from "../routes.ts"
import { factory } from "./context.ts"

/** An id of the caller that can stand in a log line. It is too short for one of our API keys. */
const CALLER_ID = /^[\w-]{8,64}$/

/** Gives each request an id, for its response and the log. Programs can send their own; those of browsers are always ours. */
export const setRequestId = factory.createMiddleware(async (c, next) => {
  const sentId = isApiPath(c.req.path) ? c.req.header("X-Request-Id") : undefined
  const id = sentId && CALLER_ID.test(sentId) ? sentId : crypto.randomUUID()
  c.set("requestId", id)
  c.header("X-Request-Id", id)
  await next()
})
