import type { Messages } from "./en.ts"

const formats = new Map<string, Intl.NumberFormat>()

/** `5,000`, as the language writes it. */
export function formatNumber({ language }: Pick<Messages, "language">, value: number): string {
  const format = formats.get(language.dates) ?? new Intl.NumberFormat(language.dates)
  formats.set(language.dates, format)
  return format.format(value)
}
