// A name in Hebrew or Arabic reorders the signs and words beside it, unless it is isolated from them.

/** First strong isolate, and pop directional isolate (UAX #9). `sanitizeLine` removes both from all input. */
const START = "\u2068"
const END = "\u2069"

/** Characters of scripts that are written from right to left, and the digits that follow them. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** The text between the two characters that isolate it, if it needs that in a text from left to right. */
export const isolate = (text: string): string => (needsIsolation(text) ? START + text + END : text)

const needsIsolation = (text: string) => RIGHT_TO_LEFT.test(text) && !text.includes(START)

export type TextPart = { text: string; isIsolated: boolean }

/** The parts of a text, for elements that isolate them; undefined if none needs that. */
export function splitIsolated(text: string): TextPart[] | undefined {
  if (!text.includes(START)) return RIGHT_TO_LEFT.test(text) ? [{ text, isIsolated: true }] : undefined
  return text.split(ISOLATED).map((part, index) => ({ text: part, isIsolated: index % 2 === 1 }))
}

const ISOLATED = new RegExp(`${START}([^${END}]*)${END}`)

/** Messages whose functions isolate the texts that they are given. */
export function isolateParameters<T>(messages: T): T {
  return wrap(messages) as T
}

function wrap(value: unknown): unknown {
  if (typeof value === "function") {
    return (...parameters: unknown[]) =>
      value(...parameters.map((parameter) => (typeof parameter === "string" ? isolate(parameter) : parameter)))
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, wrap(child)]))
}
