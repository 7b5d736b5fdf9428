import type { Messages } from "./en.ts"
import { memoized } from "./memoized.ts"

/** Sentences one after the other. Japanese has no spaces between them. */
export const joinSentences = ({ language }: Messages, ...sentences: string[]): string => sentences.join(language.space)

/** `A, B und C` */
export const formatList = ({ language }: Messages, items: string[]): string => listFormat(language.dates).format(items)

const listFormat = memoized(
  (language: string) => new Intl.ListFormat(language, { type: "conjunction", style: "narrow" }),
)
