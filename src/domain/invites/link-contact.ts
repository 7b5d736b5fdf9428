import { and, eq, isNull, lte } from "drizzle-orm"
import { type Invite, invites, type Reseller, resellers } from "../../storage/schema.ts"
import { type TokenPurpose, verifyToken } from "../access/signed-token.ts"
import type { Deps } from "../deps.ts"

/**
 * The invite of a registration link that was emailed to its contact, and the reseller. Undefined for copied links, whose holders don't
 * see the address, for links from before it was changed, and without a lookup for forged ones.
 */
export async function findContactOfLink(
  { db, linkKeys }: Pick<Deps, "db" | "linkKeys">,
  token: string,
): Promise<{ invite: Invite; reseller: Reseller } | undefined> {
  const link = await verifyToken(linkKeys, token, "registration")
  if (link?.via !== "email") return undefined
  const [row] = await db
    .select({ invite: invites, reseller: resellers })
    .from(invites)
    .innerJoin(resellers, eq(resellers.id, invites.resellerId))
    .where(
      and(
        eq(invites.reference, link.reference),
        lte(invites.emailSinceVersion, link.version),
        isNull(invites.purgedAt),
      ),
    )
  return row
}

/** The reseller behind a link that we signed, whatever became of its invite; undefined for others, without a lookup for forged ones. */
export async function findResellerOfLink(
  { db, linkKeys }: Pick<Deps, "db" | "linkKeys">,
  token: string,
  purpose: Extract<TokenPurpose, "registration" | "decline">,
): Promise<Reseller | undefined> {
  const link = await verifyToken(linkKeys, token, purpose)
  if (!link) return undefined
  const [row] = await db
    .select({ reseller: resellers })
    .from(invites)
    .innerJoin(resellers, eq(resellers.id, invites.resellerId))
    .where(eq(invites.reference, link.reference))
  return row?.reseller
}
