import type { FieldError } from "../domain/failure.ts"
import { throwFieldErrors } from "./problem-details.ts"

type TimeKey = `${string}_at`
type Limits = Record<string, unknown>

/** What a value of `sort` sorts by, and whether that is descending. */
export function parseSort<K extends string>(keys: readonly K[], sort: K | `-${K}`): [by: K, isDescending: boolean] {
  const isDescending = sort.startsWith("-")
  const by = keys.find((key) => key === (isDescending ? sort.slice(1) : sort))
  if (by === undefined) throw new Error(`${sort} is no order`)
  return [by, isDescending]
}

/** Errors of the limits (`…_after`, `…_before`) of times that the list isn't sorted by: only the order of a time leads to its limits. */
export function limitErrors(times: readonly TimeKey[], by: string, limits: Limits): FieldError[] {
  return times
    .filter((time) => time !== by)
    .flatMap((time) =>
      limitNames(time)
        .filter((name) => limits[name] !== undefined)
        .map((field) => ({
          field,
          code: "invalid",
          detail: `Use this parameter in a list that is sorted by \`${time}\` or \`-${time}\`.`,
        })),
    )
}

/** The limits of the time that the list is sorted by. Throws field errors for those of others. */
export function sortedRange(times: readonly TimeKey[], by: string, limits: Limits): { from?: Date; to?: Date } {
  const errors = limitErrors(times, by, limits)
  if (errors.length > 0) throwFieldErrors(errors)
  const [from, to] = limitNames(by).map((name) => limits[name])
  return { ...(from instanceof Date && { from }), ...(to instanceof Date && { to }) }
}

const limitNames = (time: string) => ["after", "before"].map((side) => time.replace(/at$/, side))
