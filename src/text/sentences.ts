import type { Messages } from "./en.ts"

/** Sentences one after the other. Japanese has no spaces between them. */
export const joinSentences = ({ language }: Messages, ...sentences: string[]): string => sentences.join(language.space)

/** `A, B und C` */
export const formatList = ({ language }: Messages, items: string[]): string =>
  new Intl.ListFormat(language.dates, { type: "conjunction", style: "narrow" }).format(items)
