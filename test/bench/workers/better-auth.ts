import { betterAuth } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { organization } from "better-auth/plugins/organization"
import { ORIGINS } from "../origins.ts"

// Better Auth's organization plugin as its manual sets it up on D1, without emails.

type Bindings = { DB: D1Database; AUTH_SECRET: string }

const PAGE_SIZE = 25

const optionsFor = ({ DB, AUTH_SECRET }: Bindings) => ({
  baseURL: ORIGINS.betterAuth,
  secret: AUTH_SECRET,
  database: DB,
  telemetry: { enabled: false },
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  advanced: { database: { defaultFindManyLimit: PAGE_SIZE } }, // otherwise it would list a hundred
  plugins: [organization({ invitationLimit: Number.POSITIVE_INFINITY })],
})

const createAuth = (env: Bindings) => betterAuth(optionsFor(env))

let auth: ReturnType<typeof createAuth> | undefined

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/migrate") {
      await (await getMigrations(optionsFor(env))).runMigrations()
      return new Response("ok")
    }
    auth ??= createAuth(env)
    return auth.handler(request)
  },
} satisfies ExportedHandler<Bindings>
