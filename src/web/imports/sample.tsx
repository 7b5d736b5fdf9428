import type { TableRow } from "../../domain/imports/read-table.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { CellText } from "./cell-text.tsx"

const SAMPLE_COLUMNS = 20
const SAMPLE_TEXT_MAX = 80

type SampleProps = { rows: TableRow[]; names: string[]; hidden: (number | undefined)[]; t: StaffMessages }

/** The first rows, as they are in the file. */
export function Sample({ rows, names, hidden, t }: SampleProps) {
  const shown = names.map((name, index) => ({ name, index })).filter(({ index }) => !hidden.includes(index))
  const columns = shown.slice(0, SAMPLE_COLUMNS)
  const label = t.staff.imports.mapping.sample
  return (
    <section class="card scroll" aria-label={label} tabindex={0}>
      <div class="card-header">
        <h2>{label}</h2>
      </div>
      <table class="grid">
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ cells }) => (
            <tr>
              {columns.map(({ index }) => (
                <td>
                  <CellText text={cells[index]} max={SAMPLE_TEXT_MAX} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
