import { isVisible, removeInvisible, revealInvisible } from "./invisible.ts"
import { readableAddress } from "./readable-address.ts"

/**
 * More marks on one letter than any script has. Towers of accents cover the lines around them, and sorting one while normalizing takes
 * quadratic time. Joiners count too, since they would only separate one tower from the next.
 */
const MARKS_MAX = 8
const EXCESS_MARKS = new RegExp(`([\\p{M}\\u200c\\u200d]{${MARKS_MAX}})[\\p{M}\\u200c\\u200d]+`, "gu")

/** The byte order mark is invisible, although `\s` has it. */
const LINE_BREAKS_AND_SPACES = /(?:(?!\ufeff)[\s\u0085])+/g

/**
 * Makes text one harmless line: line breaks become spaces, invisible characters are removed unless a script or an emoji needs them
 * there, and a letter keeps at most eight marks. Empty if nothing in it can be seen. Takes linear time.
 */
export function sanitizeLine(text: string): string {
  const line = sanitizeCharacters(text.toWellFormed().replace(LINE_BREAKS_AND_SPACES, " "))
    .replace(LINE_BREAKS_AND_SPACES, " ")
    .trim()
  return isVisible(line) ? line : ""
}

/**
 * Shows text that nobody sanitized as one line: characters that `sanitizeLine` removes because nobody sees them become visible, and a
 * letter keeps at most eight marks. Takes linear time.
 */
export const revealLine = (text: string): string =>
  revealInvisible(text.toWellFormed().replace(LINE_BREAKS_AND_SPACES, " ")).replace(EXCESS_MARKS, "$1")

const sanitizeCharacters = (text: string) =>
  removeInvisible(text).replace(EXCESS_MARKS, "$1").normalize("NFC").replace(EXCESS_MARKS, "$1")

/** How many blank lines a note can have between two paragraphs. */
const BLANK_LINES_MAX = 5
const EXCESS_BLANK_LINES = new RegExp(`(\\n{${BLANK_LINES_MAX + 1}})\\n+`, "g")

/**
 * Sanitizes each line of a note, and keeps its paragraphs and indentation as they were typed: spaces, also wide ones, tabs, and up to
 * five blank lines in a row. Removes space at the end of lines and blank lines around the note. Empty if nothing in it can be seen.
 */
export function sanitizeNote(text: string): string {
  const note = text
    .toWellFormed()
    .split(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/)
    .map((line) => line.split("\t").map(sanitizeCell).join("\t").trimEnd())
    .join("\n")
    .replace(EXCESS_BLANK_LINES, "$1")
    .replace(/^\n+|\n+$/g, "")
  return isVisible(note) ? note : ""
}

/** What is between two tabs. */
const sanitizeCell = (text: string) => sanitizeCharacters(text.replace(OTHER_SPACES, " ")).replace(OTHER_SPACES, " ")

/** Spaces other than those that people indent with: the usual one, and the wide one of Chinese and Japanese. */
const OTHER_SPACES = /(?![ \u3000\ufeff])\s/g

/** The length of a text as people and SQLite count it: in code points. */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** The first `max` code points of a text. */
export const truncate = (text: string, max: number): string =>
  text.length <= max ? text : [...text.slice(0, max * 2)].slice(0, max).join("")

/** Where `preventAutolink` breaks a text: an invisible word joiner, which `sanitizeLine` removes from all input. */
export const LINK_BREAK = "\u2060"

/**
 * Stops mail programs from turning a name such as `http://evil.example` into a link: breaks it after each `@` or colon and each dot
 * inside a word, also the dots of other scripts (UTS #46, 2.3) and the one-dot leader, which URLs read as a dot. The text looks the same. For names and notes only, never for an
 * address or URL of ours.
 */
export function preventAutolink(text: string): string {
  return text.replace(/[@:\uff1a\uff20](?=\S)|(?<=\S)[.\u2024\u3002\uff0e\uff61](?=\S)/gu, `$&${LINK_BREAK}`)
}

/** `p••••@n••••••••.example`, with a readable domain: enough to recognize your own address, too little to learn someone else's. */
export function maskEmail(email: string): string {
  const [local = "", domain = ""] = readableAddress(email).split("@")
  const [host = "", ...rest] = domain.split(".")
  return `${maskWord(local)}@${[maskWord(host), ...rest].join(".")}`
}

function maskWord(word: string): string {
  const [first = "", ...rest] = word
  return first + "•".repeat(Math.min(Math.max(rest.length, 2), 8))
}
