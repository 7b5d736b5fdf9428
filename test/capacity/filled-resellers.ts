import { seededRandom } from "../support/random.ts"
import { addReseller, chooseGroup, type Group, MARKS } from "./placement.ts"

/** A reseller of the filled groups: its number is part of all ids, `first` is the number of its first invite. */
export type FilledReseller = { id: string; number: number; invites: number }

const SEED = 18
/** Of a million invites. */
const MEDIAN = 300
const SIGMA = 1.8
const LARGEST_SHARE = 1 / 5

export const idOf = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, "0")}`

/**
 * The resellers of so many groups with `invites` each: log-normal sizes up to a fifth of a group, placed by the policy. The first one of the
 * first group is the largest.
 */
export function fillWithResellers(groupCount: number, invites: number): FilledReseller[][] {
  const random = seededRandom(SEED)
  const uniform = () => (random(2 ** 30) + 0.5) / 2 ** 30
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const largest = Math.floor(invites * LARGEST_SHARE)
  const sizes = [largest]
  for (let left = groupCount * invites - largest; left > 0; left -= sizes.at(-1) ?? left) {
    const size = Math.ceil(((MEDIAN * invites) / 1_000_000) * Math.exp(SIGMA * normal()))
    sizes.push(Math.min(size, largest, left))
  }
  const scale = MARKS.fill / invites
  const groups: Group[] = Array.from({ length: groupCount }, (_, n) => ({
    number: n + 1,
    bytes: 0,
    resellers: new Map(),
  }))
  // What no group has room for as a whole is split: each group is to have the same number.
  for (const [n, size] of sizes.entries()) {
    for (let left = size, part = 0; left > 0; part++) {
      const room = Math.round((MARKS.fill - Math.min(...groups.map(({ bytes }) => bytes))) / scale)
      const placed = Math.min(left, room)
      addReseller(chooseGroup(groups, placed * scale * (1 - 1e-9)), `${n} ${part}`, placed * scale)
      left -= placed
    }
  }
  let number = 0
  return groups.map(({ resellers }) =>
    [...resellers.values()].map((bytes) => {
      number += 1
      return { id: idOf("res", number), number, invites: Math.round(bytes / scale) }
    }),
  )
}
