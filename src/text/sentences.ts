import type { Messages } from "./en.ts"

/** Sentences one after the other. Japanese has no spaces between them. */
export const joinSentences = ({ language }: Messages, ...sentences: string[]): string =>
  sentences.join(sentenceSpace(language))

/** `A, B und C` */
export const formatList = ({ language }: Messages, items: string[]): string =>
  new Intl.ListFormat(language.dates, { type: "conjunction", style: "narrow" }).format(items)

/** What separates sentences. */
export const sentenceSpace = ({ code }: Messages["language"]): string => (code === "ja" ? "" : " ")
