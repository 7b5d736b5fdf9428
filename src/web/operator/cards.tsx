import type { Child } from "hono/jsx"
import { href } from "../../routes.ts"
import { formatDate } from "../../text/dates.ts"
import { en } from "../../text/en.ts"
import { formatNumber } from "../../text/numbers.ts"
import { Form } from "../ui/form.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { type CardProps, countText, REASONS } from "./state.tsx"

type ListCardProps = { id: string; title: string; none: string; action?: Child; children: Child[] }

/** A card with a row for each child; without any, a sentence. */
function ListCard({ id, title, none, action, children }: ListCardProps) {
  return (
    <section class="card" id={id} aria-labelledby={`${id}-heading`}>
      <div class="card-header">
        <h2 id={`${id}-heading`}>{title}</h2>
        {action}
      </div>
      {children.length > 0 ? <ul class="attention">{children}</ul> : <p class="card-body muted">{none}</p>}
    </section>
  )
}

type RowProps = { name: Child; detail?: Child; state?: Child; tone?: "danger" | "pending"; note?: Child; end: Child }

function Row({ name, detail, state, tone = "danger", note, end }: RowProps) {
  return (
    <li>
      <div>
        <span class="emphasis">{name}</span>
        {detail && <span class="muted">{detail}</span>}
      </div>
      <div>
        {state && <span class={`badge ${tone}`}>{state}</span>} <span class="muted">{note}</span>
      </div>
      <div>{end}</div>
    </li>
  )
}

const messageName = (isWebhook: boolean) => (isWebhook ? "Webhook deliveries" : "Emails")

export function WaitingMessages({ overview: { at: now, mail, webhooks } }: CardProps) {
  const rows = [
    ...mail.waiting.map((row) => ({ ...row, isWebhook: false })),
    ...webhooks.waiting.map((row) => ({ ...row, isWebhook: true })),
  ]
  return (
    <ListCard id="waiting" title="Waiting" none="Nothing is waiting.">
      {rows.map(({ isWebhook, reason, count, oldestAt }) => (
        <Row
          name={messageName(isWebhook)}
          state={REASONS[reason] ?? reason}
          tone={reason in REASONS && reason !== "error" ? "pending" : "danger"}
          note={
            <>
              oldest <RelativeTime at={oldestAt} {...{ now, t: en }} />
            </>
          }
          end={countText(count)}
        />
      ))}
    </ListCard>
  )
}

export function Failures({ overview: { failures } }: CardProps) {
  return (
    <ListCard id="failed" title="Failures of the last 24 hours" none="Nothing failed.">
      {failures.map(({ isWebhook, code, count }) => (
        <Row name={messageName(isWebhook)} state={code ?? "No code"} end={countText(count)} />
      ))}
    </ListCard>
  )
}

/** `security_notice` → `Security notice` */
const kindName = (kind: string) => kind.slice(0, 1).toUpperCase() + kind.slice(1).replaceAll("_", " ")

export function DeadLetters({ overview: { at: now, deadLetters } }: CardProps) {
  const replayAll = deadLetters.some(({ canReplay }) => canReplay) && (
    <Form action={href("operator.replayAll")}>
      <button class="button secondary" type="submit">
        Send all again
      </button>
    </Form>
  )
  return (
    <ListCard id="dead-letters" title="Dead letters" none="There are no dead letters." action={replayAll}>
      {deadLetters.map(({ id, kind, resellerId, inviteId, code, attempts, failedAt, canReplay }) => (
        <Row
          name={kindName(kind)}
          detail={inviteId ?? id}
          state={code ?? "No code"}
          note={
            <>
              {attempts === 1 ? "1 attempt" : `${attempts} attempts`}
              {failedAt && (
                <>
                  , the last <RelativeTime at={failedAt} {...{ now, t: en }} />
                </>
              )}
              {resellerId && `, for ${resellerId}`}
            </>
          }
          end={
            canReplay ? (
              <Form action={href("operator.replay", { id })}>
                <button class="link" type="submit">
                  Send again <span class="visually-hidden">{id}</span>
                </button>
              </Form>
            ) : (
              <span class="muted">obsolete</span>
            )
          }
        />
      ))}
    </ListCard>
  )
}

const DISABLED_REASONS = { staff: "By staff", failures: "Failed for days", gone: "Receiver is gone" }

export function SwitchedOff({ overview: { at: now, webhooks } }: CardProps) {
  return (
    <ListCard id="webhooks" title="Webhooks switched off" none="No webhook was switched off because it failed.">
      {webhooks.disabled.map(({ webhookId, name, reason, at }) => (
        <Row
          name={name}
          detail={webhookId}
          state={DISABLED_REASONS[reason]}
          end={<RelativeTime {...{ at, now, t: en }} />}
        />
      ))}
    </ListCard>
  )
}

export function Volume({ overview: { volume } }: CardProps) {
  const since = formatDate(en, volume.since.toISOString().slice(0, 10))
  return (
    <ListCard id="resellers" title={`Resellers by invites sent since ${since}`} none="No invites were sent.">
      {volume.resellers.map(({ id, name, sent, pending, accepted }) => (
        <Row
          name={name}
          detail={id}
          note={`${formatNumber(en, pending)} pending and ${formatNumber(en, accepted)} accepted in all`}
          end={formatNumber(en, sent)}
        />
      ))}
    </ListCard>
  )
}

export function Suspended({ overview: { at: now, suspended } }: CardProps) {
  return (
    <ListCard id="suspended" title="Suspended resellers" none="No reseller is suspended.">
      {suspended.map(({ id, name, at }) => (
        <Row name={name} detail={id} end={<RelativeTime {...{ at, now, t: en }} />} />
      ))}
    </ListCard>
  )
}
