import { seededRandom } from "../support/random.ts"
import {
  addReseller,
  chooseGroup,
  type Group,
  MARKS,
  RESERVED_BYTES,
  type ResellerMove,
  relieveGroups,
  removeReseller,
} from "./placement.ts"

/** The resellers of a simulation: how many there are at first and in all, what they invite in a month, and how that changes. */
export type Model = Record<
  | "seed"
  | "months"
  | "firstResellers"
  | "allResellers"
  | "medianInvites"
  | "sigma"
  | "churn"
  | "freshBytes"
  | "keptBytes"
  | "freshMonths",
  number
> & { growth: readonly [least: number, most: number] }

export const MODEL: Model = {
  seed: 20_261_128,
  months: 36,
  firstResellers: 500,
  allResellers: 10_000,
  /** Log-normal: most invite few, some very many. */
  medianInvites: 30,
  sigma: 1.6,
  /** By how much a reseller's invites change each month, evenly between these. */
  growth: [-0.01, 0.04],
  /** The share of resellers that leave each month. */
  churn: 0.008,
  /** Bytes of an invite while its emails and events are kept, and afterwards, as `npm run capacity` measured them. */
  freshBytes: 13_000,
  keptBytes: 7_400,
  freshMonths: 5,
}

type Reseller = { id: string; group: Group; invites: number; growth: number; recent: number[]; older: number }

export type Month = {
  month: number
  groups: Group[]
  resellers: number
  invites: number
  moves: ResellerMove[]
  /** Resellers that fill a database alone, so that further invites of theirs are refused. */
  refused: string[]
}

/** Simulates a directory month by month. Yields each month after its moves. */
export function* simulate(model: Model = MODEL): Generator<Month> {
  const random = seededRandom(model.seed)
  const uniform = () => (random(2 ** 30) + 0.5) / 2 ** 30
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const groups: Group[] = []
  let resellers: Reseller[] = []
  let created = 0

  function create() {
    const id = `reseller ${++created}`
    const group = chooseGroup(groups, RESERVED_BYTES)
    addReseller(group, id, RESERVED_BYTES)
    const invites = model.medianInvites * Math.exp(model.sigma * normal())
    const [least, most] = model.growth
    resellers.push({ id, group, invites, growth: least + (most - least) * uniform(), recent: [], older: 0 })
  }

  for (let month = 1; month <= model.months; month++) {
    const wanted =
      model.firstResellers +
      Math.round(((model.allResellers - model.firstResellers) * (month - 1)) / (model.months - 1))
    while (created < wanted) create()
    const refused: string[] = []
    for (const reseller of resellers) if (!grow(reseller, model)) refused.push(reseller.id)
    const leaving = resellers.filter(() => uniform() < model.churn)
    for (const { group, id } of leaving) removeReseller(group, id)
    resellers = resellers.filter((reseller) => !leaving.includes(reseller))
    const moves = relieveGroups(groups)
    const byId = new Map(resellers.map((reseller) => [reseller.id, reseller]))
    for (const { reseller, to } of moves) {
      const moved = byId.get(reseller)
      const group = groups[to - 1]
      if (moved && group) moved.group = group
    }
    const invites = resellers.reduce((sum, { recent, older }) => sum + older + total(recent), 0)
    yield { month, groups, resellers: resellers.length, invites, moves, refused }
  }
}

const total = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0)

/** Adds a month of invites. False if they don't fit into the database, which refuses them. */
function grow(reseller: Reseller, { freshBytes, keptBytes, freshMonths }: Model): boolean {
  const { group, id, recent } = reseller
  reseller.invites *= 1 + reseller.growth
  recent.unshift(Math.round(reseller.invites))
  while (recent.length > freshMonths) reseller.older += recent.pop() ?? 0
  const bytes = Math.max(RESERVED_BYTES, total(recent) * freshBytes + reseller.older * keptBytes)
  const others = group.bytes - (group.resellers.get(id) ?? 0)
  removeReseller(group, id)
  if (others + bytes <= MARKS.full) {
    addReseller(group, id, bytes)
    return true
  }
  recent[0] = 0
  addReseller(group, id, Math.min(bytes - Math.round(reseller.invites) * freshBytes, MARKS.full - others))
  return false
}
