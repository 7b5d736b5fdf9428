import type { ChartWeek } from "../../domain/dashboard/funnel.ts"
import { formatDay } from "../../text/dates.ts"
import { formatNumber } from "../../text/numbers.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"

// In units of the view box, whose height is that of the chart in pixels; its width is stretched.
const HEIGHT = 120
const WEEK_WIDTH = 50
const GAP = 6

/** The invites of each week and those of them that were accepted: as bars, and as a table. */
export function WeeksChart({ weeks, now, t }: { weeks: ChartWeek[]; now: Date; t: StaffMessages }) {
  const texts = t.staff.dashboard.chart
  const rows = weeks.map(({ monday, sent, accepted }) => ({
    monday: formatDay(t, monday, { now, timeZone: "UTC" }),
    sent: formatNumber(t, sent),
    accepted: formatNumber(t, accepted),
  }))
  return (
    <section class="card" aria-labelledby="weeks">
      <div class="card-header">
        <h2 id="weeks">{texts.heading}</h2>
        <p class="legend muted">
          <span class="sent">{texts.sent}</span>
          <span class="accepted">{texts.accepted}</span>
        </p>
      </div>
      <div class="chart">
        <Bars {...{ weeks, rows, t }} />
        <p class="axis muted" aria-hidden="true">
          <span>{rows[0]?.monday}</span>
          <span>{rows.at(-1)?.monday}</span>
        </p>
        <details>
          <summary>{texts.table}</summary>
          <WeeksTable {...{ rows, t }} />
        </details>
      </div>
    </section>
  )
}

/** The numbers of a week, as they are written. */
type Row = { monday: string; sent: string; accepted: string }

function Bars({ weeks, rows, t }: { weeks: ChartWeek[]; rows: Row[]; t: StaffMessages }) {
  const highest = Math.max(1, ...weeks.map(({ sent }) => sent))
  const heightOf = (count: number) => Math.round((HEIGHT * 10 * count) / highest) / 10
  return (
    <svg viewBox={`0 0 ${weeks.length * WEEK_WIDTH - GAP} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {weeks.map(({ sent, accepted }, n) => (
        <g>
          <title>
            {t.staff.dashboard.chart.bar(rows[n]?.monday ?? "", rows[n]?.sent ?? "", rows[n]?.accepted ?? "")}
          </title>
          <Bar week={n} class="sent" height={heightOf(sent)} />
          <Bar week={n} class="accepted" height={heightOf(accepted)} />
        </g>
      ))}
    </svg>
  )
}

/** A bar from the bottom. */
function Bar({ week, height, ...look }: { week: number; height: number; class: string }) {
  return <rect {...look} x={week * WEEK_WIDTH} y={HEIGHT - height} width={WEEK_WIDTH - GAP} height={height} rx="3" />
}

function WeeksTable({ rows, t }: { rows: Row[]; t: StaffMessages }) {
  const texts = t.staff.dashboard.chart
  return (
    <table class="funnel">
      <thead>
        <tr>
          <th scope="col">{texts.week}</th>
          <th scope="col">{texts.sent}</th>
          <th scope="col">{texts.accepted}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ monday, sent, accepted }) => (
          <tr>
            <th scope="row">{monday}</th>
            <td>{sent}</td>
            <td>{accepted}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
