import { randomBytes } from "node:crypto"
import { serializeSigned } from "hono/utils/cookie"
import { parseLinkKeys } from "../../src/domain/access/signed-token.ts"
import { signLink } from "../../src/domain/invites/link-token.ts"
import { sessionCookieOptions } from "../../src/http/session-cookie.ts"
import { href } from "../../src/routes.ts"
import type { InviteOwner } from "./fill-invites.ts"
import { ORIGINS } from "./origins.ts"
import { SECRETS } from "./runtime.ts"

/** The path that an invite's link leads to, and the cookie of its contact if that is somebody who is signed in. */
export type AcceptableInvite = { path: string; cookie: string; isSignedIn: boolean }

const NEW_PEOPLE = 100
const SIGNED_IN_PEOPLE = 1_000
const DAY_MS = 86_400_000

/** Adds invites that are accepted one by one: of new people, and of people who are signed in. */
export async function insertAcceptableInvites(db: D1Database, owner: InviteOwner): Promise<AcceptableInvite[]> {
  const createdAt = new Date()
  const invites = Array.from({ length: NEW_PEOPLE + SIGNED_IN_PEOPLE }, (_, number) => ({
    number,
    reference: randomBytes(8).toString("base64url"),
    sessionToken: randomBytes(24).toString("base64url"),
    isSignedIn: number >= NEW_PEOPLE,
  }))
  await db.batch(
    insertStatements(owner, createdAt.getTime()).map((sql) => db.prepare(sql).bind(JSON.stringify(invites))),
  )
  const keys = parseLinkKeys(SECRETS.LINK_KEYS)
  return Promise.all(
    invites.map(async ({ reference, sessionToken, isSignedIn }) => {
      const invite = { reference, linkVersion: 1, createdAt, sendAt: null, resentAt: null }
      const token = await signLink(keys, { invite, use: "registration", via: "email" })
      const cookie = isSignedIn ? await sessionCookie(sessionToken) : ""
      return { path: href("registration.accept", { token }), cookie, isSignedIn }
    }),
  )
}

async function sessionCookie(token: string): Promise<string> {
  const { cookiePrefix } = sessionCookieOptions(ORIGINS.vestibule)
  const cookie = await serializeSigned(`${cookiePrefix}.session_token`, token, SECRETS.AUTH_SECRET, {
    path: "/",
    secure: true,
  })
  return cookie.split(";")[0] ?? ""
}

/** The statements that insert the invites of a JSON list, with the users and sessions of those who are signed in. */
function insertStatements({ resellerId, userId, billingAccountId }: InviteOwner, now: number): string[] {
  const field = (name: string) => `(value ->> '$.${name}')`
  const number = field("number")
  const email = `'accepts-' || ${number} || '@customer.example'`
  const signedIn = `FROM json_each(?1) WHERE ${field("isSignedIn")}`
  return [
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, last_sent_at, expires_at)
     SELECT printf('inv_a%025d', ${number}), ${field("reference")}, '${resellerId}', 'customer', '${resellerId}', 'pending', 'sent',
       'Customer ' || ${number}, 'Priya Nair', ${email}, '${billingAccountId}', 'b@x.example', '+12125550187', 'en', 1, 14, 1, 'aud_z',
       '${userId}', ${now}, ${now}, ${now + 14 * DAY_MS} FROM json_each(?1)`,
    `INSERT INTO users (id, name, email, email_verified, reference, created_at, updated_at)
     SELECT 'usr_a' || ${number}, 'Priya Nair', ${email}, 1, ${field("reference")}, ${now}, ${now} ${signedIn}`,
    `INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at)
     SELECT 'ses_a' || ${number}, 'usr_a' || ${number}, ${field("sessionToken")}, ${now + 14 * DAY_MS}, ${now}, ${now} ${signedIn}`,
  ]
}
