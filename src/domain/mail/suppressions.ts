import { and, or, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { type Invite, outbox, type Suppression, suppressions } from "../../storage/schema.ts"
import { emailErrorText } from "../../text/email-error.ts"
import { en, type Messages } from "../../text/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import type { Deps } from "../deps.ts"
import type { InviteAudience } from "../invites/audience.ts"

/** The senders whose suppressions apply to an invite: the reseller and, for colleagues, the customer. */
type SuppressionSenders = Pick<InviteAudience, "resellerId" | "audienceId">

/**
 * The statement that finds a suppression of an address by either sender, preferably the reseller's. Pass the hashes of an address that
 * somebody enters: a purge keeps only that.
 */
export function suppressionQuery(
  db: Deps["db"],
  { resellerId, audienceId }: SuppressionSenders,
  email: string | SQL,
  hashes: string[] = [],
) {
  if (typeof email !== "string") return suppressionSelect(db, { resellerId, audienceId }, email, hashes)
  return suppressionStatement(db, { resellerId, audienceId, email, ...toHashValues(hashes) }, hashes.length)
}

/** The values of the places `hash0` and so on. */
export const toHashValues = (hashes: string[]) => Object.fromEntries(hashes.map((hash, n) => [`hash${n}`, hash]))

type SuppressionPlaces = Record<keyof SuppressionSenders | "email", Placeholder | SQL>

const suppressionStatement = compiled((db, at: SuppressionPlaces, hashes: number) => suppressionPlaces(db, at, hashes))

/** The same for a condition. `hashes` is how many have places, or SQL for each. */
export function suppressionPlaces(db: Deps["db"], at: SuppressionPlaces, hashes: number | SQL[]) {
  const hashPlaces =
    typeof hashes === "number" ? Array.from({ length: hashes }, (_, n) => sql.placeholder(`hash${n}`)) : hashes
  return suppressionSelect(db, at, at.email, hashPlaces)
}

/**
 * The statement that finds a suppression of an address that also stops what its owner asks for themselves, such as a code. That somebody
 * unsubscribed stops only what they didn't ask for.
 */
export const requestedSuppressionQuery = (
  db: Deps["db"],
  { resellerId, audienceId }: SuppressionSenders,
  email: string,
) => requestedSuppressionStatement(db, { resellerId, audienceId, email })

const requestedSuppressionStatement = compiled((db, at: Places<SuppressionSenders & { email: string }>) =>
  suppressionSelect(db, at, at.email, [], sql`${suppressions.cause} <> 'unsubscribed'`),
)

/** SQL condition: a suppression stops a row of the outbox, for an email of an invite. */
export const STOPS_EMAIL = sql`iif(${outbox.kind} IN ('code', 'link') OR ${outbox.payload} ->> '$.requestedBy' = 'contact',
  ${suppressions.cause} <> 'unsubscribed', TRUE)`

function suppressionSelect(
  db: Deps["db"],
  { resellerId, audienceId }: Record<keyof SuppressionSenders, string | Placeholder | SQL>,
  email: SQL | Placeholder,
  hashes: (string | Placeholder | SQL)[],
  condition?: SQL,
) {
  // Each compared by itself: for `email = … OR FALSE` and lists by SELECT, SQLite reads all suppressions of the senders.
  const isAddress = [email, ...hashes].map((address) => sql`${suppressions.email} = ${address}`)
  return db
    .select()
    .from(suppressions)
    .where(and(sql`${suppressions.senderId} IN (${resellerId}, ${audienceId})`, or(...isAddress), condition))
    .orderBy(sql`${suppressions.senderId} = ${audienceId}`)
    .limit(1)
}

/** The sender that stops when an invite is declined: for a colleague's invite the customer, not the reseller. */
export const suppressionSenderId = ({ kind, audienceId, resellerId }: InviteAudience) =>
  kind === "member" ? audienceId : resellerId

/** The email address of an invite as SQL, for statements in the batch that reads the invite. */
export function contactEmailSql({ audienceId }: InviteAudience, inviteId: string): SQL {
  return sql`(SELECT contact_email FROM invites AS addressed WHERE addressed.id = ${inviteId} AND addressed.audience_id = ${audienceId})`
}

/** Why we don't send to an address. Members of a customer don't see the reason, which may concern other senders. */
export function suppressionMessage(
  { cause, reason }: Pick<Suppression, "cause" | "reason">,
  kind: Invite["kind"] = "customer",
  t: Messages = en,
): string {
  if (kind === "member") return t.fieldErrors.email_suppressed
  const { suppressions: texts } = staffWordsOf(t)
  return cause === "bounced" ? texts.bounced(reason ? emailErrorText(t, reason) : "") : texts[cause]
}
