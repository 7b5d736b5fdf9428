import type { FieldChange, Invite } from "../../storage/schema.ts"
import { staffEn } from "../../text/staff/en.ts"
import { Failure } from "../failure.ts"
import { DAY_MS } from "../time.ts"
import type { Patch } from "./edit.ts"
import { calculateRemindAt, scheduledFor, sendAtErrors, sendingTime } from "./schedule.ts"
import { currentStatus } from "./status.ts"

type NewTimes = { expires_in_days?: number | undefined; send_at?: Date | undefined }

/**
 * A new time to send the email, and a new expiry: it counts from when the invite was last sent or is to be sent, or from the resend of
 * the edit if there `isResend`. Throws `invite_not_scheduled` for a time if the email doesn't wait for one.
 */
export function timePatch(invite: Invite, { expires_in_days, send_at }: NewTimes, isResend: boolean, now: Date): Patch {
  if (send_at && !scheduledFor(invite, now)) throw new Failure({ kind: "invite_not_scheduled" })
  const { expiresInDays, sendAt } = invite
  const days = expires_in_days ?? expiresInDays
  const isMoved = send_at !== undefined && send_at.getTime() !== sendAt?.getTime()
  if (days === expiresInDays && !isMoved) return {}
  const changes = { ...(days !== expiresInDays && { expiresInDays: days }), ...(isMoved && { sendAt: send_at }) }
  const daysChange: FieldChange[] = days === expiresInDays ? [] : [["expires_in_days", expiresInDays, days]]
  const sendAtChange: FieldChange[] = isMoved ? [["send_at", sendAt?.toISOString() ?? null, send_at.toISOString()]] : []
  const fieldChanges = [...daysChange, ...sendAtChange]
  if (isResend || currentStatus(invite, now) !== "pending") return { changes, fieldChanges }
  const sendAtProblems = isMoved ? sendAtErrors(send_at, now) : []
  if (sendAtProblems.length > 0) return { errors: sendAtProblems }
  const expiresAt = new Date(sendingTime({ ...invite, ...changes }).getTime() + days * DAY_MS)
  if (expiresAt <= now) {
    return { errors: [{ field: "expires_in_days", code: "invalid", detail: staffEn.rules.already_expired }] }
  }
  const remindAt = invite.sendCount === 1 ? calculateRemindAt(days, expiresAt) : null
  return {
    changes: { ...changes, expiresAt, remindAt: remindAt && remindAt > now ? remindAt : null },
    fieldChanges,
  }
}
