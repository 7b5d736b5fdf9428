import type { Child } from "hono/jsx"

/** The header of a column. Roles are explicit because the stylesheet makes rows of tables blocks on phones. */
export function ColumnHeader({ children }: { children: Child }) {
  return (
    <th scope="col" role="columnheader">
      {children}
    </th>
  )
}
