import type { Child } from "hono/jsx"

type ColumnHeaderProps = { column?: "company" | "contact" | "status" | "billing" | "actions"; children: Child }

/** The header of a column; cells have the same class. Roles are explicit because the stylesheet makes tables grids. */
export function ColumnHeader({ column, children }: ColumnHeaderProps) {
  return (
    <th scope="col" role="columnheader" class={column}>
      {children}
    </th>
  )
}
