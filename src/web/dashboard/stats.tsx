import type { Child } from "hono/jsx"
import type { Dashboard } from "../../domain/dashboard/dashboard.ts"
import type { Period } from "../../domain/dashboard/funnel.ts"
import { href } from "../../routes.ts"
import { formatNumber } from "../../text/numbers.ts"
import { formatSpan } from "../../text/spans.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { attentionTexts, attentionTotal } from "./attention.tsx"

type StatsProps = { dashboard: Dashboard; period: Period; t: StaffMessages }

export function Stats({ dashboard: { counts, attention, funnel, previousToAccept: before }, period, t }: StatsProps) {
  const texts = t.staff.dashboard
  const total = attentionTotal(attention.counts)
  const { sent, accepted, medians } = funnel
  const { toAccept } = medians
  const listPath = (status: string) => href("customers.invites.list", {}, { status })
  return (
    <dl class="stats">
      <Stat
        name={texts.attention.heading}
        path={total > 0 ? "#attention" : undefined}
        value={formatNumber(t, total)}
        caption={attentionTexts(attention.counts, t).join(", ") || texts.attention.none}
        tone={total > 0 ? "danger" : undefined}
      />
      <Stat
        name={t.inviteStatuses.pending}
        path={listPath("pending")}
        value={formatNumber(t, counts.pending)}
        caption={texts.pendingCaption}
      />
      <Stat
        name={texts.acceptedIn(period)}
        path={listPath("accepted")}
        value={formatNumber(t, accepted)}
        caption={texts.acceptedShare(sent > 0 ? Math.round((100 * accepted) / sent) : undefined)}
      />
      <Stat
        name={texts.toAccept}
        value={toAccept === undefined ? "–" : formatSpan(t, toAccept)}
        caption={
          toAccept === undefined ? texts.noTime : before !== undefined && texts.before(formatSpan(t, before), period)
        }
      />
    </dl>
  )
}

type StatProps = { name: string; path?: string | undefined; value: string; caption: Child; tone?: "danger" | undefined }

function Stat({ name, path, value, caption, tone }: StatProps) {
  return (
    <div class="card">
      <dt>{path ? <a href={path}>{name}</a> : <span>{name}</span>}</dt>
      <dd>
        <span class={`count ${tone ?? ""}`.trim()}>{value}</span>
        <span class="muted">{caption}</span>
      </dd>
    </div>
  )
}
