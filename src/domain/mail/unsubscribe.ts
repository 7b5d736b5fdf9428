import { and, eq, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import {
  type Invite,
  invites,
  notifications,
  outbox,
  type Reseller,
  resellers,
  staff,
  suppressions,
  users,
} from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import { verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record-event.ts"
import { suppressionSenderId } from "./suppressions.ts"

/** What a link leads to that unsubscribes a contact. Undefined if we didn't sign it, or if its contact's data was deleted. */
type ContactSubscription = { invite: Invite; reseller: Reseller; recipient: string; isSuppressed: boolean } | undefined

/** Whether the contact of a link still gets emails from its sender. Changes nothing. The link works as long as we know its email. */
export async function loadContactSubscription(
  { db, linkKeys }: Pick<Deps, "db" | "linkKeys">,
  token: string,
): Promise<ContactSubscription> {
  const link = await verifyToken(linkKeys, token, "unsubscribe")
  if (!link) return undefined
  const [found] = await db
    .select({
      invite: aliasedColumns(invites, "invite"),
      reseller: aliasedColumns(resellers, "reseller"),
      recipient: outbox.recipient,
      suppressionCause: sql<string | null>`${suppressions.cause}`.as("suppression_cause"),
    })
    .from(invites)
    .innerJoin(resellers, eq(resellers.id, invites.resellerId))
    .innerJoin(outbox, and(eq(outbox.inviteId, invites.id), eq(outbox.linkVersion, link.version)))
    .leftJoin(
      suppressions,
      and(
        sql`${suppressions.senderId} IN (${outbox.resellerId}, ${invites.audienceId})`,
        eq(suppressions.email, outbox.recipient),
      ),
    )
    .where(eq(invites.reference, link.reference))
    .limit(1)
  if (!found?.recipient) return undefined
  const { suppressionCause, ...subscription } = found
  return { ...subscription, isSuppressed: suppressionCause !== null }
}

/** Stops emails to the contact of a link from its sender, once. The registration link stays valid. */
export async function unsubscribeContact(deps: Deps, token: string): Promise<ContactSubscription> {
  const subscription = await loadContactSubscription(deps, token)
  if (!subscription || subscription.isSuppressed) return subscription
  const { invite, reseller, recipient } = subscription
  const senderId = suppressionSenderId(invite)
  const entry = newAuditEntry(deps, reseller.id, { kind: "contact", name: recipient }, "invite.unsubscribed", invite.id)
  const isNew = sql`NOT EXISTS (SELECT 1 FROM ${suppressions} WHERE ${suppressions.senderId} = ${senderId}
    AND ${suppressions.email} = ${recipient})`
  const row = { senderId, email: recipient, cause: "unsubscribed" as const, createdAt: deps.now() }
  await commit(deps, [
    ...recordEventStatements(deps, entry, isNew),
    deps.db.insert(suppressions).values(row).onConflictDoNothing(),
  ])
  return { ...subscription, isSuppressed: true }
}

type DigestSubscription = { reseller: Reseller; email: string; locale: Locale; isEnabled: boolean } | undefined

/** Whether the person of a link gets the digests of a reseller. Undefined if we didn't sign it or they aren't its staff. Changes nothing. */
export async function loadDigestSubscription(
  { db, linkKeys }: Pick<Deps, "db" | "linkKeys">,
  token: string,
  resellerId: string,
): Promise<DigestSubscription> {
  const link = await verifyToken(linkKeys, token, "digest_off")
  if (!link) return undefined
  const [found] = await db
    .select({
      reseller: aliasedColumns(resellers, "reseller"),
      email: users.email,
      locale: users.locale,
      isEnabled: staff.digestEnabled,
    })
    .from(users)
    .innerJoin(staff, and(eq(staff.userId, users.id), eq(staff.resellerId, resellerId)))
    .innerJoin(resellers, eq(resellers.id, staff.resellerId))
    .where(eq(users.reference, link.reference))
  return found
}

/** Turns off the digests of a reseller for the person of a link, and deletes their waiting notifications there. */
export async function unsubscribeFromDigests(
  deps: Deps,
  token: string,
  resellerId: string,
): Promise<DigestSubscription> {
  const subscription = await loadDigestSubscription(deps, token, resellerId)
  const link = await verifyToken(deps.linkKeys, token, "digest_off")
  if (!subscription || !link) return subscription
  const userId = sql`(SELECT ${users.id} FROM ${users} WHERE ${users.reference} = ${link.reference})`
  await deps.db.batch([
    deps.db
      .update(staff)
      .set({ digestEnabled: false })
      .where(and(sql`${staff.userId} = ${userId}`, eq(staff.resellerId, resellerId))),
    deps.db
      .delete(notifications)
      .where(
        sql`${notifications.userId} = ${userId} AND ${notifications.resellerId} = ${resellerId} AND ${notifications.emailId} IS NULL`,
      ),
  ])
  return { ...subscription, isEnabled: false }
}
