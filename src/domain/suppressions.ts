import { and, eq, type SQL, sql } from "drizzle-orm"
import { type Invite, type Suppression, suppressions } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"
import type { InviteList } from "./inviters.ts"

/** The statement that finds why an address gets no mail from a reseller. */
export function suppressionOf(db: Deps["db"], resellerId: string, email: string | SQL) {
  return db
    .select()
    .from(suppressions)
    .where(and(eq(suppressions.resellerId, resellerId), eq(suppressions.email, email)))
}

/** The address of an invite, for a statement that is batched with the one that reads the invite. */
export function contactEmailOf({ listId }: InviteList, inviteId: string): SQL {
  return sql`(SELECT contact_email FROM invites AS addressed WHERE addressed.id = ${inviteId} AND addressed.list_id = ${listId})`
}

/** Why there is no use in sending to an address. A customer's members are not told what others sent there. */
export function suppressionWords(
  { cause, reason }: Pick<Suppression, "cause" | "reason">,
  kind: Invite["kind"] = "customer",
): string {
  if (kind === "member") return "This address gets no mail from here. Use another address."
  switch (cause) {
    case "bounced":
      return `Mail to this address came back${reason ? ` (${reason})` : ""}. Use another address.`
    case "complained":
      return "Somebody at this address marked your mail as spam, so none is sent there. Use another address."
    case "declined":
      return "Somebody at this address asked for no more mail from you. Use another address."
  }
}
