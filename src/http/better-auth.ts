import { createAuthEndpoint } from "@better-auth/core/api"
import { drizzleAdapter } from "better-auth/adapters/drizzle"
import { APIError } from "better-auth/api"
import { setSessionCookie } from "better-auth/cookies"
import { betterAuth } from "better-auth/minimal"
import type { Context } from "hono"
import * as z from "zod"
import { hashPassword, PASSWORD_MAX, PASSWORD_MIN, verifyPassword } from "../domain/access/password.ts"
import { getSuspendedResellerName } from "../domain/resellers/resellers.ts"
import { openDb } from "../storage/db.ts"
import { credentials, sessions, users, verifications } from "../storage/schema.ts"
import { sessionCookieOptions } from "./session-cookie.ts"
import { readSettings } from "./settings.ts"

const DAY_SECONDS = 86_400
const SESSION_DAYS = 30

export type Auth = ReturnType<typeof createAuth>

const authByDatabase = new WeakMap<D1Database, Auth>()

/** Better Auth on our tables. We call its `api`; its routes aren't mounted. */
export function authFor(env: Env): Auth {
  const cached = authByDatabase.get(env.DB)
  if (cached) return cached
  const auth = createAuth(env)
  authByDatabase.set(env.DB, auth)
  return auth
}

function createAuth(env: Env) {
  const { BASE_URL, AUTH_SECRET } = readSettings(env)
  return betterAuth({
    appName: "Vestibule",
    baseURL: BASE_URL,
    secret: AUTH_SECRET,
    telemetry: { enabled: false },
    database: drizzleAdapter(openDb(env.DB), {
      provider: "sqlite",
      schema: { user: users, session: sessions, account: credentials, verification: verifications },
    }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: { expiresIn: SESSION_DAYS * DAY_SECONDS },
    databaseHooks: {
      session: { create: { before: ({ userId }, context) => rejectSuspended(env, userId, context?.path) } },
    },
    advanced: sessionCookieOptions(BASE_URL),
    logger: { disabled: true }, // its messages contain email addresses
    plugins: [signInAccepted],
  })
}

export const RESELLER_SUSPENDED = "RESELLER_SUSPENDED"

/** Rejects people whose only accounts belong to suspended resellers. People who just accepted an invite are let in. */
async function rejectSuspended(env: Env, userId: string, path: string | undefined): Promise<void> {
  if (path !== "/sign-in/email") return
  const name = await getSuspendedResellerName({ db: openDb(env.DB) }, userId)
  if (name) throw new APIError("FORBIDDEN", { code: RESELLER_SUSPENDED, message: name })
}

/** Starts a session for a user who just accepted an invite: its link proves access to the mailbox. */
const signInAccepted = {
  id: "sign-in-accepted",
  endpoints: {
    signInAccepted: createAuthEndpoint(
      { method: "POST", body: z.object({ userId: z.string() }), metadata: { SERVER_ONLY: true } },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId)
        if (!user) throw new Error("the accepted user does not exist")
        const session = await ctx.context.internalAdapter.createSession(user.id)
        await setSessionCookie(ctx, { session, user })
        return ctx.json({ signedIn: true })
      },
    ),
  },
}

/** Passes the cookies that Better Auth sets on to the browser. */
export function forwardCookies(c: Context, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
}
