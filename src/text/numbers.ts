import type { Messages } from "./en.ts"
import { memoized } from "./memoized.ts"

const numberFormat = memoized((language: string) => new Intl.NumberFormat(language))

/** `5,000`, as the language writes it. */
export const formatNumber = ({ language }: Pick<Messages, "language">, value: number): string =>
  numberFormat(language.dates).format(value)
