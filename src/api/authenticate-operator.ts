import type { Context } from "hono"
import { OPERATOR } from "../domain/access/actor.ts"
import { Failure } from "../domain/failure.ts"
import { loadStoredResponse } from "../domain/idempotency.ts"
import { type AppEnv, factory } from "../http/context.ts"
import { isOperatorToken } from "../http/operator-session.ts"
import { logSecurityEvent } from "../http/security-log.ts"
import { ROUTES } from "../routes.ts"
import { limitBody } from "./authenticate.ts"
import { keyReusedError, readIdempotencyKey } from "./idempotency-key.ts"

/** The authentication of an operation with the operator token, for its route. */
export function requireOperator(mediaTypes: string[] = []) {
  return {
    security: [{ operatorToken: [] }],
    middleware: [authenticateOperator, limitBody(mediaTypes), findEarlierResponse],
  }
}

/** Lets only the operator through. Anyone else gets 404. */
const authenticateOperator = factory.createMiddleware(async (c, next) => {
  if (!isOperator(c)) {
    logSecurityEvent(c, { event: "credentials_refused", reason: "operator_token" })
    throw new Failure({ kind: "not_found" })
  }
  c.set("isOperator", true)
  c.header("Cache-Control", "private, no-store")
  await next()
})

/** Looks up the response to an earlier request with the same idempotency key. */
const findEarlierResponse = factory.createMiddleware(async (c, next) => {
  const idempotency = await readIdempotencyKey(c)
  if (idempotency) {
    const at = c.var.deps.now() // one moment, so that a repeat gets the times of the first response
    const deps = { ...c.var.deps, now: () => at, request: { actorId: OPERATOR.id, ...idempotency } }
    const storedResponse = await loadStoredResponse(deps)
    if (storedResponse && storedResponse.requestHash !== idempotency.requestHash) throw keyReusedError()
    c.set("storedResponse", storedResponse)
    c.set("deps", deps)
  }
  await next()
})

/** The first segments of the operator's paths. */
const OPERATOR_ROOTS = [
  ...new Set(ROUTES.flatMap(({ area, path }) => (area === "operator" ? path.split("/").slice(0, 4).join("/") : []))),
]

/** True if the path belongs to the operator and the caller isn't the operator. */
export function isHiddenOperatorPath(c: Context<AppEnv>): boolean {
  return OPERATOR_ROOTS.some((root) => c.req.path === root || c.req.path.startsWith(`${root}/`)) && !isOperator(c)
}

function isOperator(c: Context<AppEnv>): boolean {
  const sentToken = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1] ?? ""
  return isOperatorToken(c.env, sentToken)
}
