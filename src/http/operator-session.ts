import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type { Context } from "hono"
import { hasOperatorSignedOut, noteOperatorSignOut } from "../domain/deployment/operator-sign-out.ts"
import { HOUR_MS } from "../domain/time.ts"
import { href } from "../routes.ts"
import { type AppEnv, factory } from "./context.ts"
import { redirect } from "./htmx.ts"
import { deletePrivateCookie, readPrivateCookie, setPrivateCookie } from "./private-cookies.ts"
import { readSettings } from "./settings.ts"

// The operator has no account, so there is no row for their session: a cookie says until when it lasts, signed with both secrets, so
// that a new operator token ends it. A sign-out ends every session that was started before it.

const SESSION_MS = HOUR_MS

/** Whether this is the operator token. */
export const isOperatorToken = (env: Env, token: string): boolean => isSame(token, readSettings(env).OPERATOR_TOKEN)

export function startOperatorSession(c: Context<AppEnv>): void {
  const expiresAt = c.var.deps.now().getTime() + SESSION_MS
  setPrivateCookie(c, "operator", `${expiresAt}.${sign(c.env, expiresAt)}`, SESSION_MS / 1000, "Strict")
}

/** Ends all sessions of the operator, including those of copied cookies. Without a session, it only deletes the cookie. */
export async function endOperatorSessions(c: Context<AppEnv>): Promise<void> {
  deletePrivateCookie(c, "operator") // even if what follows fails
  if (await isOperatorSession(c)) await noteOperatorSignOut(c.var.deps)
}

/** Whether the browser has a session of the operator. Then `c.var.isOperator` is set. Storage is read only for a signed cookie. */
export async function isOperatorSession(c: Context<AppEnv>): Promise<boolean> {
  const { deps } = c.var
  const [expiry = "", signature = ""] = readPrivateCookie(c, "operator")?.split(".") ?? []
  const expiresAt = Number(expiry)
  const isSigned = isSame(signature, sign(c.env, expiresAt)) && expiresAt > deps.now().getTime()
  const isOperator = isSigned && !(await hasOperatorSignedOut(deps, new Date(expiresAt - SESSION_MS)))
  c.set("isOperator", isOperator)
  return isOperator
}

/** Anyone else is sent to the form for the token. */
export const requireOperatorSession = factory.createMiddleware(async (c, next) => {
  if (!(await isOperatorSession(c))) return redirect(c, href("operator.show"))
  await next()
})

function sign(env: Env, expiresAt: number): string {
  const { AUTH_SECRET, OPERATOR_TOKEN } = readSettings(env)
  const signed = JSON.stringify(["vestibule operator session", OPERATOR_TOKEN, expiresAt])
  return createHmac("sha256", AUTH_SECRET).update(signed).digest("base64url")
}

/** In constant time. Hashed, since both must have the same length. */
const isSame = (one: string, other: string) => timingSafeEqual(sha256(one), sha256(other))
const sha256 = (text: string) => createHash("sha256").update(text).digest()
