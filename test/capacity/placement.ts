// Which group a reseller belongs to. Pure functions over sizes in bytes.

/**
 * A new reseller goes where the group stays below `fill`, so that there is room to grow. A group above `high` gives resellers away until it
 * is below `relieved`. At `full` its database takes no more: D1 ends at 10 GB.
 */
export const MARKS = { fill: 4e9, relieved: 6e9, high: 8e9, full: 10e9 }

/** What a reseller counts as at least, so that those who begin together don't grow in one group. */
export const RESERVED_BYTES = 5e6

export type Group = { number: number; bytes: number; resellers: Map<string, number> }

export type ResellerMove = { reseller: string; bytes: number; from: number; to: number }

const byRoom = (one: Group, other: Group) => one.bytes - other.bytes || one.number - other.number

/** The group with the most room for so many bytes below the mark; a new one if there is none. */
export function chooseGroup(groups: Group[], bytes: number, except?: Group): Group {
  const [best] = groups.filter((group) => group !== except && group.bytes + bytes <= MARKS.fill).sort(byRoom)
  if (best) return best
  const created: Group = { number: groups.length + 1, bytes: 0, resellers: new Map() }
  groups.push(created)
  return created
}

export function addReseller(group: Group, reseller: string, bytes: number): void {
  if (group.bytes + bytes > MARKS.full) throw new Error(`${reseller} does not fit into a database`)
  group.resellers.set(reseller, bytes)
  group.bytes += bytes
}

export function removeReseller(group: Group, reseller: string): void {
  group.bytes -= group.resellers.get(reseller) ?? 0
  group.resellers.delete(reseller)
}

/**
 * Moves resellers out of groups above the high mark: of each, the smallest one that relieves it, or else the largest ones. A reseller that
 * is alone stays: there is nothing to gain.
 */
export function relieveGroups(groups: Group[]): ResellerMove[] {
  const moves: ResellerMove[] = []
  for (const group of groups.filter(({ bytes }) => bytes > MARKS.high)) {
    while (group.bytes > MARKS.relieved && group.resellers.size > 1) {
      const [reseller, bytes] = bestFitting(group, group.bytes - MARKS.relieved)
      removeReseller(group, reseller)
      const to = chooseGroup(groups, bytes, group)
      addReseller(to, reseller, bytes)
      moves.push({ reseller, bytes, from: group.number, to: to.number })
    }
  }
  return moves
}

/** The smallest reseller that has so many bytes; the largest if none has. */
function bestFitting({ resellers }: Group, bytes: number): [reseller: string, bytes: number] {
  const sorted = [...resellers].sort(([, one], [, other]) => one - other)
  const found = sorted.find(([, size]) => size >= bytes) ?? sorted.at(-1)
  if (!found) throw new Error("an empty group needs no relief")
  return found
}
