import { and, eq, inArray, type SQL, sql } from "drizzle-orm"
import { type Invite, type Suppression, suppressions } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import type { Deps } from "../deps.ts"
import type { InviteAudience } from "../invites/audience.ts"

/** Who sends an invite's mail, as far as an address may want none of it: the reseller, and for colleagues the customer. */
type SuppressionSenders = Pick<InviteAudience, "resellerId" | "audienceId">

/** The statement that finds why an address gets no mail from either; from the reseller, if both. */
export function suppressionQuery(db: Deps["db"], { resellerId, audienceId }: SuppressionSenders, email: string | SQL) {
  return db
    .select()
    .from(suppressions)
    .where(and(inArray(suppressions.senderId, [resellerId, audienceId]), eq(suppressions.email, email)))
    .orderBy(sql`${suppressions.senderId} = ${audienceId}`)
    .limit(1)
}

/** Who sends nothing more where an invite is declined: a colleague's takes nothing from what the reseller may send. */
export const suppressionSenderId = ({ kind, audienceId, resellerId }: InviteAudience) =>
  kind === "member" ? audienceId : resellerId

/** The address of an invite, for a statement that is batched with the one that reads the invite. */
export function contactEmailSql({ audienceId }: InviteAudience, inviteId: string): SQL {
  return sql`(SELECT contact_email FROM invites AS addressed WHERE addressed.id = ${inviteId} AND addressed.audience_id = ${audienceId})`
}

/** Why there is no use in sending to an address. A customer's members are not told what others sent there. */
export function suppressionMessage(
  { cause, reason }: Pick<Suppression, "cause" | "reason">,
  kind: Invite["kind"] = "customer",
): string {
  if (kind === "member") return en.fieldErrors.email_suppressed
  switch (cause) {
    case "bounced":
      return `Email to this address bounced${reason ? ` (${reason})` : ""}. Use a different address.`
    case "complained":
      return "Someone at this address marked your email as spam, so we no longer send there. Use a different address."
    case "declined":
      return "Someone at this address asked you to stop sending email. Use a different address."
  }
}
