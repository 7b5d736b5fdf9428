import { createHash, timingSafeEqual } from "node:crypto"
import type { Context } from "hono"
import { Failure } from "../domain/failure.ts"
import { type AppEnv, factory } from "../http/context.ts"
import { limitBody } from "./authenticate.ts"

/** Where every path of the operator's begins. */
const OPERATOR_PATH = /^\/api\/v1\/resellers(\/|$)/
const TOKEN_MIN_LENGTH = 32

/** What a call by the operator token needs, for its route. */
export function requireOperator(mediaTypes: string[] = []) {
  return { security: [{ operatorToken: [] }], middleware: [authenticateOperator, limitBody(mediaTypes)] }
}

/** Lets the operator through; for anybody else there is nothing here. */
const authenticateOperator = factory.createMiddleware(async (c, next) => {
  if (!isOperator(c)) throw new Failure({ kind: "not_found" })
  c.header("Cache-Control", "private, no-store")
  await next()
})

/** True of a path that is the operator's, to somebody who is not. */
export function isHiddenOperatorPath(c: Context<AppEnv>): boolean {
  return OPERATOR_PATH.test(c.req.path) && !isOperator(c)
}

/** By the token; outside a developer's machine a short one is none, so that a deployment may be without an operator. */
function isOperator(c: Context<AppEnv>): boolean {
  const { OPERATOR_TOKEN: token, ENVIRONMENT } = c.env
  if (token.length < (ENVIRONMENT === "local" ? 1 : TOKEN_MIN_LENGTH)) return false
  const sentToken = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1] ?? ""
  return timingSafeEqual(sha256(sentToken), sha256(token)) // of one length, however long what was sent is
}

const sha256 = (text: string) => createHash("sha256").update(text).digest()
