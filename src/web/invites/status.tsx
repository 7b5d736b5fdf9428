import { currentStatus } from "../../domain/invites/status.ts"
import { type EmailStatus, type Invite, type InviteStatus, UNDELIVERED_STATUSES } from "../../storage/schema.ts"
import { RelativeTime, ShortDate } from "../ui/time.tsx"

type Tone = "success" | "pending" | "danger" | "neutral"

const STATUS_BADGES: Record<InviteStatus, [tone: Tone, word: string]> = {
  pending: ["pending", "Pending"],
  accepted: ["success", "Accepted"],
  expired: ["neutral", "Expired"],
  revoked: ["neutral", "Revoked"],
  declined: ["danger", "Declined"],
}

const EMAIL_STATUS_LABELS: Record<EmailStatus, string> = {
  queued: "Queued",
  sent: "Sent",
  delivered: "Delivered",
  deferred: "Delayed",
  bounced: "Bounced",
  complained: "Marked as spam",
  failed: "Not sent",
}

const NOT_EMAILED = "No e-mail sent"
const emailStatusLabel = ({ emailStatus }: Invite) => (emailStatus ? EMAIL_STATUS_LABELS[emailStatus] : NOT_EMAILED)
const TIMES_SENT = ["", "", "sent twice", "sent three times"]

type StatusProps = { invite: Invite; now: Date }

/** True if a pending invite's email was not delivered, so that staff need to act. */
export function needsAttention(invite: Invite, now: Date): boolean {
  const { emailStatus } = invite
  const isUndelivered = emailStatus !== null && UNDELIVERED_STATUSES.includes(emailStatus)
  return isUndelivered && currentStatus(invite, now) === "pending"
}

export function StatusBadge({ invite, now }: StatusProps) {
  if (needsAttention(invite, now)) return <span class="badge danger">{emailStatusLabel(invite)}</span>
  const [tone, label] = STATUS_BADGES[currentStatus(invite, now)]
  return <span class={`badge ${tone}`}>{label}</span>
}

/** The status of an invite in words: `Sent · 2 h ago · sent twice · expires 5 Dec`. */
export function StatusLine({ invite, now }: StatusProps) {
  switch (currentStatus(invite, now)) {
    case "pending":
      return (
        <span class="muted">
          {needsAttention(invite, now) ? (
            <DeliveryProblem invite={invite} now={now} />
          ) : (
            <EmailProgress invite={invite} now={now} />
          )}
          {timesSentText(invite)} · expires <ShortDate at={invite.expiresAt} now={now} />
        </span>
      )
    case "accepted":
      return <span class="muted">Joined {invite.acceptedAt && <RelativeTime at={invite.acceptedAt} now={now} />}</span>
    case "expired":
      return (
        <span class="muted">
          Ran out <RelativeTime at={invite.expiresAt} now={now} />
          {timesSentText(invite)}
        </span>
      )
    case "revoked":
      return <span class="muted">Its link no longer works</span>
    case "declined":
      return <span class="muted">Not meant for this person</span>
  }
}

function timesSentText({ sendCount }: Invite): string {
  return sendCount > 1 ? ` · ${TIMES_SENT[sendCount] ?? `sent ${sendCount} times`}` : ""
}

function EmailProgress({ invite, now }: StatusProps) {
  const { emailStatus, emailError, openedAt } = invite
  const queuedAt = invite.resentAt ?? (invite.lastSentAt ? undefined : invite.createdAt) // reminders aren't shown
  const since = emailStatus === "queued" ? queuedAt : emailStatus && invite.lastSentAt
  return (
    <span>
      {emailStatusLabel(invite)}
      {emailStatus === "deferred" && emailError && `: ${emailError}`}
      {since && (
        <>
          {" · "}
          <RelativeTime at={since} now={now} />
        </>
      )}
      {openedAt && (
        <>
          {" · opened "}
          <RelativeTime at={openedAt} now={now} />
        </>
      )}
    </span>
  )
}

/** Why the email was not delivered. The badge says that it wasn't. */
function DeliveryProblem({ invite, now }: StatusProps) {
  const sentAt = invite.emailStatus !== "failed" && invite.lastSentAt
  return (
    <span class="danger">
      {invite.emailError}
      {invite.emailError && sentAt && " · "}
      {sentAt && (
        <>
          sent <RelativeTime at={sentAt} now={now} />
        </>
      )}
      {!invite.emailError && !sentAt && emailStatusLabel(invite)}
    </span>
  )
}
