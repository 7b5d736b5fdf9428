import { and, desc, eq, inArray, type Placeholder, type SQL, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import {
  customers,
  emailChanges,
  members,
  outbox,
  resellers,
  SECURITY_NOTICES,
  type SecurityNotice,
  staff,
  users,
} from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import { DEFAULT_TIME_ZONE } from "../../text/time-zones.ts"
import { type ChangedAddress, type EmailChange, isEmailChangeNeeded } from "../identity/email-change.ts"
import { isResetNeeded } from "../identity/password-reset.ts"
import type { ClaimedRow } from "./claimed-message.ts"

const IDENTITY_KINDS = ["password_reset", "email_change", "security_notice"] as const

type Recipient = {
  row: ClaimedRow
  user: { id: string; name: string; email: string }
  locale: Locale
  timeZone: string
}

/** A claimed email about a person's own sign-in, in their language and the time zone of their reseller. It comes from the platform, not from a reseller. */
export type IdentityMessage = Recipient &
  (
    | { kind: "password_reset"; reference: string; linkVersion: number; inviteId: string | undefined }
    | { kind: "email_change"; change: EmailChange; address: ChangedAddress }
    | { kind: "security_notice"; notice: SecurityNotice }
  )

/** SQL cases of a CASE over the kind: whether the email is still needed. */
export function isIdentityMessageNeeded(now: Placeholder | SQL) {
  return sql`WHEN 'password_reset' THEN ${isResetNeeded(now)} WHEN 'email_change' THEN ${isEmailChangeNeeded(now)}`
}

/** The statement that reads whom the row `id` of the outbox is for. Finds nothing for other kinds. */
export const identityMessageQuery = compiled((db, { id }: Places<{ id: string }>) => {
  const userId = sql`CASE ${outbox.kind}
    WHEN 'password_reset' THEN (SELECT person.id FROM users AS person WHERE person.email = ${outbox.recipient})
    WHEN 'email_change' THEN ${emailChanges.userId}
    ELSE json_extract(${outbox.payload}, '$.userId') END`
  const timeZoneOfMember = db
    .select({ timeZone: resellers.timeZone })
    .from(members)
    .innerJoin(customers, eq(customers.id, members.customerId))
    .innerJoin(resellers, eq(resellers.id, customers.resellerId))
    .where(eq(members.userId, users.id))
    .orderBy(desc(members.createdAt))
    .limit(1)
  const timeZoneOfStaff = db
    .select({ timeZone: resellers.timeZone })
    .from(staff)
    .innerJoin(resellers, eq(resellers.id, staff.resellerId))
    .where(eq(staff.userId, users.id))
    .orderBy(desc(staff.createdAt))
    .limit(1)
  return db
    .select({
      user: aliasedColumns(users, "user"),
      change: aliasedColumns(emailChanges, "change"),
      timeZone: sql<string | null>`coalesce(${timeZoneOfMember}, ${timeZoneOfStaff})`.as("account_time_zone"),
    })
    .from(outbox)
    .leftJoin(emailChanges, sql`${emailChanges.reference} = json_extract(${outbox.payload}, '$.reference')`)
    .innerJoin(users, sql`${users.id} = ${userId}`)
    .where(and(eq(outbox.id, id), inArray(outbox.kind, [...IDENTITY_KINDS])))
})

type IdentityRow = ReturnType<typeof identityMessageQuery>["_"]["result"][number]

/** The email that a row of the outbox stands for. */
export function toIdentityMessage(
  row: ClaimedRow,
  { user, change, ...data }: IdentityRow,
): IdentityMessage | undefined {
  const recipient = { row, user, locale: user.locale, timeZone: data.timeZone ?? DEFAULT_TIME_ZONE }
  const payload: Record<string, string | undefined> = row.payload ?? {}
  switch (row.kind) {
    case "password_reset": {
      const { reference, linkVersion } = user
      return { kind: row.kind, ...recipient, reference, linkVersion, inviteId: payload.inviteId }
    }
    case "email_change":
      return { kind: row.kind, ...recipient, change, address: payload.address === "new" ? "new" : "current" }
    case "security_notice": {
      const notice = SECURITY_NOTICES.find((name) => name === payload.notice)
      return notice && { kind: row.kind, ...recipient, notice }
    }
    default:
      return undefined
  }
}
