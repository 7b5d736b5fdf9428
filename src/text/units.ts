import { memoizedBy } from "./memoized.ts"

export type Unit = "second" | "minute" | "hour" | "day"
type Display = "narrow" | "long"

const formatOf = memoizedBy(
  (language: string, unit: Unit, unitDisplay: Display) => `${language} ${unit} ${unitDisplay}`,
  (language, unit, unitDisplay) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay }),
)

/** `45s` or `45 seconds`, as the language writes it. */
export const formatUnit = (language: string, count: number, unit: Unit, display: Display): string =>
  formatOf(language, unit, display).format(count)
