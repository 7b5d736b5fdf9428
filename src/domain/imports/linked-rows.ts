/** What only one row of a file can have. Empty without it. */
export type RowKeys = { position: number; email: string; externalId: string }

/**
 * The rows whose verdicts can depend on that of `changed`, which got these keys: those that share an address or external id with its
 * earlier or its new ones, and those that share one with them in turn. Without `changed` itself.
 */
export function linkedRows(rows: RowKeys[], changed: RowKeys): Set<number> {
  const rowsByKey = new Map<string, RowKeys[]>()
  for (const row of rows) {
    for (const key of keysOf(row)) {
      const sharing = rowsByKey.get(key) ?? []
      sharing.push(row)
      rowsByKey.set(key, sharing)
    }
  }
  const linked = new Set<number>()
  const open = [changed, ...rows.filter(({ position }) => position === changed.position)].flatMap(keysOf)
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const found = rowsByKey.get(key) ?? []
    rowsByKey.delete(key)
    for (const row of found) {
      linked.add(row.position)
      open.push(...keysOf(row))
    }
  }
  linked.delete(changed.position)
  return linked
}

const keysOf = ({ email, externalId }: RowKeys) => [
  ...(email ? [`email ${email}`] : []),
  ...(externalId ? [`id ${externalId}`] : []),
]
