import type { Invite } from "../../storage/schema.ts"
import type { ShownInvite } from "./listed-invite.ts"

/** The status of an invite now: a pending one is expired as soon as `expiresAt` has passed, whatever is stored. */
export function currentStatus(invite: Pick<Invite, "status" | "expiresAt">, now: Date): Invite["status"] {
  return invite.status === "pending" && invite.expiresAt <= now ? "expired" : invite.status
}

export const RESENDABLE_STATUSES: Invite["status"][] = ["pending", "expired", "declined"]

/** True if the invite can still be edited and sent again. */
export const isResendable = ({ status, purgedAt }: Pick<Invite, "status" | "purgedAt">) =>
  RESENDABLE_STATUSES.includes(status) && purgedAt === null

export const DECLINABLE_STATUSES: Invite["status"][] = ["pending", "expired"]

/** True if the email bounced or was marked as spam. */
export const isUndeliverable = ({ emailStatus }: Pick<Invite, "emailStatus">) =>
  emailStatus === "bounced" || emailStatus === "complained"

/** True if resending makes sense only to a different email address. */
export function needsNewEmail(invite: ShownInvite, now: Date): boolean {
  if (invite.purgedAt) return false
  const status = currentStatus(invite, now)
  if (status === "declined") return true
  return (status === "pending" || status === "expired") && (isUndeliverable(invite) || invite.emailStatus === "failed")
}
