import type { Child } from "hono/jsx"
import { type ListedSession, SESSION_DAYS } from "../../domain/identity/sessions.ts"
import { href } from "../../routes.ts"
import { describeDevice, describePlace } from "../../text/devices.ts"
import type { Messages } from "../../text/en.ts"
import { Form } from "../ui/form.tsx"
import { RelativeDay } from "../ui/time.tsx"

/** `sessionId` is the session that the page belongs to. */
type SessionsCardProps = { t: Messages; sessions: ListedSession[]; sessionId: string; now: Date }

export function SessionsCard({ t, sessions, sessionId, now }: SessionsCardProps) {
  const { title, help, signOutOthers } = t.profile.sessions
  return (
    <section class="card" aria-labelledby="sessions-title">
      <div class="card-header">
        <h2 id="sessions-title">{title}</h2>
      </div>
      <ul class="list people">
        {sessions.map((session) => (
          <SessionItem {...{ t, session, now }} isCurrent={session.id === sessionId} />
        ))}
      </ul>
      <Form class="card-body stack" action={href("profile.endOtherSessions")}>
        <p class="help">{help(SESSION_DAYS)}</p>
        {sessions.length > 1 && (
          <div class="buttons">
            <button class="button secondary" type="submit">
              {signOutOthers}
            </button>
          </div>
        )}
      </Form>
    </section>
  )
}

type SessionItemProps = { t: Messages; session: ListedSession; isCurrent: boolean; now: Date }

function SessionItem({ t, session, isCurrent, now }: SessionItemProps) {
  const { current, lastUsed, signOut } = t.profile.sessions
  const device = describeDevice(t, session.userAgent)
  return (
    <li>
      <div>
        <span class="emphasis">{device}</span>
        <span class="muted">{describePlace(t, session)}</span>
      </div>
      <div>
        <span class="muted">
          {isCurrent ? current : lastUsed<Child>(<RelativeDay at={session.lastUsedAt} {...{ now, t }} />)}
        </span>
      </div>
      <div class="actions">
        {!isCurrent && (
          <Form action={href("profile.endSession", { id: session.id })}>
            <button class="link" type="submit">
              {signOut}
              <span class="visually-hidden"> {device}</span>
            </button>
          </Form>
        )}
      </div>
    </li>
  )
}
