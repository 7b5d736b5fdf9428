import { statusNow } from "../domain/invites.ts"
import type { EmailStatus, Invite, InviteStatus } from "../storage/schema.ts"
import { Day, When } from "./when.tsx"

type Tone = "success" | "pending" | "danger" | "neutral"

const STATUSES: Record<InviteStatus, [tone: Tone, word: string]> = {
  pending: ["pending", "Pending"],
  accepted: ["success", "Accepted"],
  expired: ["neutral", "Expired"],
  revoked: ["neutral", "Revoked"],
  declined: ["danger", "Declined"],
}

const EMAILS: Record<EmailStatus, string> = {
  queued: "Queued",
  sent: "Sent",
  delivered: "Delivered",
  deferred: "Delayed",
  bounced: "Bounced",
  complained: "Marked as spam",
  failed: "Not sent",
}

const LOST: (EmailStatus | null)[] = ["bounced", "complained", "failed"]
const UNSENT = "No e-mail sent"
const emailWords = ({ emailStatus }: Invite) => (emailStatus ? EMAILS[emailStatus] : UNSENT)
const TIMES = ["", "", "sent twice", "sent three times"]

type Props = { invite: Invite; now: Date }

/** True of a pending invite whose mail did not arrive: staff must do something. */
export function needsAttention(invite: Invite, now: Date): boolean {
  return statusNow(invite, now) === "pending" && LOST.includes(invite.emailStatus)
}

export function StateBadge({ invite, now }: Props) {
  if (needsAttention(invite, now)) return <span class="badge danger">{emailWords(invite)}</span>
  const [tone, word] = STATUSES[statusNow(invite, now)]
  return <span class={`badge ${tone}`}>{word}</span>
}

/** Where an invite stands and since when, in words: `Sent · 2 h ago · sent twice · expires 5 Dec`. */
export function StateLine({ invite, now }: Props) {
  switch (statusNow(invite, now)) {
    case "pending":
      return (
        <span class="muted">
          {needsAttention(invite, now) ? <Lost invite={invite} now={now} /> : <EmailState invite={invite} now={now} />}
          {timesSent(invite)} · expires <Day at={invite.expiresAt} now={now} />
        </span>
      )
    case "accepted":
      return <span class="muted">Joined {invite.acceptedAt && <When at={invite.acceptedAt} now={now} />}</span>
    case "expired":
      return (
        <span class="muted">
          Ran out <When at={invite.expiresAt} now={now} />
          {timesSent(invite)}
        </span>
      )
    case "revoked":
      return <span class="muted">Its link no longer works</span>
    case "declined":
      return <span class="muted">Not meant for this person</span>
  }
}

function timesSent({ sendCount }: Invite): string {
  return sendCount > 1 ? ` · ${TIMES[sendCount] ?? `sent ${sendCount} times`}` : ""
}

function EmailState({ invite, now }: Props) {
  const { emailStatus, emailError, openedAt } = invite
  const queuedAt = invite.resentAt ?? (invite.lastSentAt ? undefined : invite.createdAt) // a reminder says nothing of its own
  const since = emailStatus === "queued" ? queuedAt : emailStatus && invite.lastSentAt
  return (
    <span>
      {emailWords(invite)}
      {emailStatus === "deferred" && emailError && `: ${emailError}`}
      {since && (
        <>
          {" · "}
          <When at={since} now={now} />
        </>
      )}
      {openedAt && (
        <>
          {" · opened "}
          <When at={openedAt} now={now} />
        </>
      )}
    </span>
  )
}

/** Why the mail did not arrive: the badge says that it did not. */
function Lost({ invite, now }: Props) {
  const sent = invite.emailStatus !== "failed" && invite.lastSentAt
  return (
    <span class="danger">
      {invite.emailError}
      {invite.emailError && sent && " · "}
      {sent && (
        <>
          sent <When at={sent} now={now} />
        </>
      )}
      {!invite.emailError && !sent && emailWords(invite)}
    </span>
  )
}
