import type { Messages } from "../../text/en.ts"
import { formatNumber } from "../../text/numbers.ts"

type ChipProps = { path: string; isCurrent: boolean; label: string; count?: number | undefined; t: Messages }

/** A link to the rows of a list that a filter leaves, with their number. */
export function Chip({ path, isCurrent, label, count, t }: ChipProps) {
  return (
    <a class="chip" href={path} aria-current={isCurrent ? "true" : undefined}>
      {label} {count !== undefined && <span class="count">{formatNumber(t, count)}</span>}
    </a>
  )
}
