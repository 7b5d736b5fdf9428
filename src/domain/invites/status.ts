import type { Invite } from "../../storage/schema.ts"

/** What an invite is now: a pending one is expired from the instant its time is up, whatever is stored. */
export function currentStatus(invite: Pick<Invite, "status" | "expiresAt">, now: Date): Invite["status"] {
  return invite.status === "pending" && invite.expiresAt <= now ? "expired" : invite.status
}

export const RESENDABLE_STATUSES: Invite["status"][] = ["pending", "expired", "declined"]
export const DECLINABLE_STATUSES: Invite["status"][] = ["pending", "expired"]
/** Mail to this address is of no use: it came back, was marked as spam, or was declined. */
export const isUndeliverable = ({ emailStatus }: Invite) => emailStatus === "bounced" || emailStatus === "complained"
/** Where the one action that helps is another address. */
export function needsNewEmail(invite: Invite, now: Date): boolean {
  const status = currentStatus(invite, now)
  if (status === "declined") return true
  return (status === "pending" || status === "expired") && (isUndeliverable(invite) || invite.emailStatus === "failed")
}
