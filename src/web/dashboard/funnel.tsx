import { type Funnel, PERIODS, type Period } from "../../domain/dashboard/funnel.ts"
import { FUNNEL_STEPS } from "../../domain/invites/funnel-step.ts"
import { href } from "../../routes.ts"
import { formatNumber } from "../../text/numbers.ts"
import { formatSpan } from "../../text/spans.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"

type FunnelProps = { funnel: Funnel; period: Period; t: StaffMessages }

/** How many of the invites of a period came to each step, and how long they took. */
export function FunnelCard({ funnel, period, t }: FunnelProps) {
  const texts = t.staff.dashboard.funnel
  const { columns } = texts
  return (
    <section class="card" aria-labelledby="funnel">
      <div class="card-header">
        <h2 id="funnel">{texts.heading}</h2>
        <nav class="chips" aria-label={texts.period}>
          {PERIODS.map((days) => (
            <a
              class="chip"
              href={`${href("dashboard.show", {}, { days: String(days) })}#funnel`}
              aria-current={days === period ? "true" : undefined}
            >
              {texts.days(days)}
            </a>
          ))}
        </nav>
      </div>
      <table class="funnel">
        <caption>{texts.note(period)}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.step}</th>
            <th scope="col">{columns.invites}</th>
            <th scope="col">{columns.share}</th>
            <th scope="col">{columns.time}</th>
          </tr>
        </thead>
        <tbody>
          {(["sent", ...FUNNEL_STEPS] as const).map((step) => {
            const percent = funnel.sent > 0 ? Math.round((100 * funnel[step]) / funnel.sent) : 0
            const median = step === "sent" ? undefined : funnel.medians[step]
            return (
              <tr>
                <th scope="row">
                  {texts.steps[step]}
                  <svg class="bar" aria-hidden="true">
                    <rect class="bar-all" width="100%" height="100%" />
                    <rect width={`${percent}%`} height="100%" />
                  </svg>
                </th>
                <td>{formatNumber(t, funnel[step])}</td>
                <td>{funnel.sent > 0 && texts.share(percent)}</td>
                <td>{median === undefined ? step !== "sent" && "–" : formatSpan(t, median)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
