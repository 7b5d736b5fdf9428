import { createAuthEndpoint } from "@better-auth/core/api"
import { drizzleAdapter } from "better-auth/adapters/drizzle"
import { setSessionCookie } from "better-auth/cookies"
import { betterAuth } from "better-auth/minimal"
import type { Context } from "hono"
import * as z from "zod"
import { SESSION_DAYS } from "../domain/identity/sessions.ts"
import { openDb, openNotedDb } from "../storage/db.ts"
import { NotedDatabase } from "../storage/noted-database.ts"
import { countedD1 } from "../storage/query-costs.ts"
import { credentials, sessions, users, verifications } from "../storage/schema.ts"
import { sessionCookieOptions } from "./session-cookie.ts"
import { readSettings } from "./settings.ts"

const DAY_SECONDS = 86_400
const OPTIONAL_TEXT = { type: "string", required: false, input: false } as const

export type Auth = ReturnType<typeof createAuth>["auth"]

const authByDatabase = new WeakMap<D1Database, ReturnType<typeof createAuth>>()

/** Better Auth on our tables. We call its `api`; its routes aren't mounted. */
export const authFor = (env: Env): Auth => openAuth(env).auth

/** The bookmark of the database after the last session that this isolate has started. */
export const authBookmark = (env: Env): string | null => openAuth(env).database.bookmark

function openAuth(env: Env) {
  const cached = authByDatabase.get(env.DB)
  if (cached) return cached
  const created = createAuth(env)
  authByDatabase.set(env.DB, created)
  return created
}

function createAuth(env: Env) {
  const { BASE_URL, AUTH_SECRET } = readSettings(env)
  const database = new NotedDatabase(() => countedD1(env.DB.withSession("first-primary")))
  const auth = betterAuth({
    appName: "Vestibule",
    baseURL: BASE_URL,
    secret: AUTH_SECRET,
    telemetry: { enabled: false },
    database: drizzleAdapter(openNotedDb(database, openDb(env.DB)), {
      provider: "sqlite",
      schema: { user: users, session: sessions, account: credentials, verification: verifications },
    }),
    // We create users ourselves; it checks that every required column has a value.
    user: { additionalFields: { reference: { type: "string", input: false, returned: false } } },
    session: {
      expiresIn: SESSION_DAYS * DAY_SECONDS,
      additionalFields: { city: OPTIONAL_TEXT, country: OPTIONAL_TEXT },
    },
    advanced: { ...sessionCookieOptions(BASE_URL), database: { validateSchema: false } },
    logger: { disabled: true }, // its messages contain email addresses
    plugins: [signInAccepted],
  })
  return { auth, database }
}

const signInBody = z.object({
  userId: z.string(),
  earlierToken: z.string().optional(),
  city: z.string().optional(),
  country: z.string().optional(),
})

/** Starts a session for a user who has proved who they are. An earlier session of the same browser ends. */
const signInAccepted = {
  id: "sign-in-accepted",
  endpoints: {
    signInAccepted: createAuthEndpoint(
      { method: "POST", body: signInBody, metadata: { SERVER_ONLY: true } },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId)
        if (!user) throw new Error("the user does not exist")
        const { earlierToken, city = null, country = null } = ctx.body
        if (earlierToken) await ctx.context.internalAdapter.deleteSession(earlierToken)
        // Without the IP address, which nobody needs: the approximate place is enough to recognize a session.
        const session = await ctx.context.internalAdapter.createSession(user.id, false, {
          city,
          country,
          ipAddress: null,
        })
        await setSessionCookie(ctx, { session, user })
        return ctx.json({ email: user.email, sessionId: session.id })
      },
    ),
  },
}

/** Passes the cookies that Better Auth sets on to the browser. */
export function forwardCookies(c: Context, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
}
