import type { Child } from "hono/jsx"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import { scheduledFor, sendingTime } from "../../domain/invites/schedule.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import { type InviteStatus, UNDELIVERED_STATUSES } from "../../storage/schema.ts"
import { emailErrorText } from "../../text/email-error.ts"
import type { Messages } from "../../text/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { AppointmentTime, DateTime, ExpiryTime, RelativeTime } from "../ui/time.tsx"

type Tone = "success" | "pending" | "danger" | "neutral"

const STATUS_TONES: Record<InviteStatus, Tone> = {
  pending: "pending",
  accepted: "success",
  expired: "neutral",
  revoked: "neutral",
  declined: "danger",
}

const emailStatusLabel = ({ emailStatus }: ShownInvite, t: Messages) =>
  emailStatus ? t.emailStatuses[emailStatus] : t.statusLine.notEmailed

type StatusProps = { invite: ShownInvite; now: Date; t: Messages }

/** True if a pending invite's email was not delivered, so that staff need to act. */
function isUndelivered(invite: ShownInvite, now: Date): boolean {
  const { emailStatus } = invite
  const isFailed = emailStatus !== null && UNDELIVERED_STATUSES.includes(emailStatus)
  return isFailed && currentStatus(invite, now) === "pending"
}

export function StatusBadge({ invite, now, t }: StatusProps) {
  if (isUndelivered(invite, now)) return <span class="badge danger">{emailStatusLabel(invite, t)}</span>
  if (scheduledFor(invite, now)) return <span class="badge pending">{staffWordsOf(t).invites.schedule.status}</span>
  const status = currentStatus(invite, now)
  return <span class={`badge ${STATUS_TONES[status]}`}>{t.inviteStatuses[status]}</span>
}

type StatusLineProps = StatusProps & { isInRow?: boolean | undefined }

/**
 * The status of an invite and its email in words: `Sent · 2 hr ago · sent twice · expires 5 Dec`. In a row, the expiry has no hour, and a
 * scheduled email only its time, since the badge says that it is scheduled.
 */
export function StatusLine({ invite, now, t, isInRow }: StatusLineProps) {
  const { statusLine } = t
  const Expiry = isInRow ? DateTime : ExpiryTime
  const status = currentStatus(invite, now)
  switch (status) {
    case "pending":
      return (
        <span class="muted">
          {isUndelivered(invite, now) ? (
            <DeliveryProblem {...{ invite, now, t }} />
          ) : (
            <EmailProgress {...{ invite, now, t, isInRow }} />
          )}
          {timesSentText(invite, t)} · {statusLine.expires<Child>(<Expiry at={invite.expiresAt} {...{ now, t }} />)}
        </span>
      )
    case "accepted": {
      const joinedAt = invite.acceptedAt && <RelativeTime at={invite.acceptedAt} {...{ now, t }} />
      return <span class="muted">{statusLine.joined<Child>(joinedAt)}</span>
    }
    case "expired":
      return (
        <span class="muted">
          {statusLine.expired<Child>(<RelativeTime at={invite.expiresAt} {...{ now, t }} />)}
          {timesSentText(invite, t)}
        </span>
      )
    case "revoked":
      return <span class="muted">{statusLine.revoked}</span>
    case "declined":
      return <span class="muted">{statusLine.declined}</span>
  }
}

function timesSentText({ sendCount }: ShownInvite, t: Messages): string {
  return sendCount > 1 ? ` · ${t.statusLine.timesSent(sendCount)}` : ""
}

function EmailProgress({ invite, now, t, isInRow }: StatusLineProps) {
  const { emailStatus, emailError, openedAt } = invite
  const sendAt = scheduledFor(invite, now)
  if (sendAt) {
    const time = <AppointmentTime at={sendAt} {...{ now, t }} />
    return isInRow ? time : staffWordsOf(t).invites.schedule.willBeSent<Child>(time)
  }
  const queuedAt = invite.resentAt ?? (invite.lastSentAt ? undefined : sendingTime(invite)) // reminders aren't shown
  const since = emailStatus === "queued" ? queuedAt : emailStatus && invite.lastSentAt
  return (
    <>
      {emailStatusLabel(invite, t)}
      {(emailStatus === "deferred" || emailStatus === "queued") && emailError && `: ${emailErrorText(t, emailError)}`}
      {since && (
        <>
          {" · "}
          <RelativeTime at={since} {...{ now, t }} />
        </>
      )}
      {openedAt && (
        <>
          {" · "}
          {t.statusLine.opened<Child>(<RelativeTime at={openedAt} {...{ now, t }} />)}
        </>
      )}
    </>
  )
}

/** Why the email was not delivered. The badge says that it wasn't. */
function DeliveryProblem({ invite, now, t }: StatusProps) {
  const sentAt = invite.emailStatus !== "failed" && invite.lastSentAt
  return (
    <>
      {invite.emailError && <span class="danger">{emailErrorText(t, invite.emailError)}</span>}
      {invite.emailError && sentAt && " · "}
      {sentAt && t.statusLine.sent<Child>(<RelativeTime at={sentAt} {...{ now, t }} />)}
      {!invite.emailError && !sentAt && emailStatusLabel(invite, t)}
    </>
  )
}
