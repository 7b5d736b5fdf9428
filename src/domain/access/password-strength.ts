import { COMMON_BASES, COMMON_PASSWORDS } from "../../../.generated/common-passwords.ts"
import { PASSWORD_MAX, PASSWORD_MIN } from "./password.ts"

/** How many characters must be left after removing everything guessable. */
const UNGUESSABLE_MIN = 9
/** Shorter words of the context, such as `inc`, are too frequent to count. */
const CONTEXT_WORD_MIN = 4
const RUN_MIN = 4

/** Words that people use in passwords everywhere. */
const COMMON_WORDS =
  "password passwort secret secure welcome login account admin administrator customer reseller invite user " +
  "january february march april june july august september october november december " +
  "monday tuesday wednesday thursday friday saturday sunday"

const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "1q2w3e4r5t6y7u8i9o0p",
  "!@#$%^&*()_+",
  "31415926535897932384626433832795",
]
  .flatMap((row) => [row, [...row].reverse().join("")])
  .map((row) => row + row)

/** The well-known example of xkcd 936, which our short list doesn't include. */
const commonPasswords = new Set([...COMMON_PASSWORDS, "correcthorsebatterystaple"])
const commonBases = new Set(COMMON_BASES)

export type PasswordProblem = "password_too_short" | "password_too_long" | "password_common" | "password_contains_name"

/**
 * Why a new password is too weak, or undefined. Follows NIST SP 800-63B-4, 3.1.1.2: a minimum length, no composition rules, and a
 * blocklist of common passwords, repetitions, sequences and words of the `context` (company, reseller, name, address).
 */
export function passwordProblem(password: string, context: readonly string[]): PasswordProblem | undefined {
  const { length } = [...password]
  if (length < PASSWORD_MIN) return "password_too_short"
  if (length > PASSWORD_MAX) return "password_too_long"
  const symbolCount = countSymbols(password)
  const readings = [toPlainText(password), toPlainText(decodeLeet(password))]
  if (
    readings.some(
      (text) =>
        commonPasswords.has(text.replace(/\d{0,3}$/, "")) || commonPasswords.has(text) || isTrivial(text, symbolCount),
    )
  ) {
    return "password_common"
  }
  const words = contextWords(context)
  if (
    readings.some((text) =>
      isTrivial(removeWords(text, [...words, ...words.map(decodeLeet)]), symbolCount, text.length),
    )
  ) {
    return "password_contains_name"
  }
  return undefined
}

/** `n0rthw1nd` as `northwind`, `p@ss` as `pass`. */
function decodeLeet(text: string): string {
  const letters: Record<string, string> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s" }
  return text.replace(/[013457@$]/g, (sign) => letters[sign] ?? sign)
}

/** How many different symbols a password has: generated ones have many, phrases few. */
function countSymbols(password: string): number {
  return new Set(removeRuns(password.replace(/[\s\p{L}\p{N}]+/gu, ""))).size
}

/** Normalizes a password as attackers do: lowercase, without separators. */
function toPlainText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}]+/gu, "")
}

function contextWords(context: readonly string[]): string[] {
  const words = context.flatMap((text) => [toPlainText(text), ...text.toLowerCase().split(/[\s\p{P}\p{S}]+/u)])
  const longWords = words.filter(({ length }) => length >= CONTEXT_WORD_MIN)
  return [...longWords, ...longWords.map((word) => [...word].reverse().join("")), ...COMMON_WORDS.split(" ")]
}

/** Longer words first, so that a shorter one doesn't split a longer one. */
function removeWords(text: string, words: string[]): string {
  return [...words]
    .sort((first, second) => second.length - first.length)
    .reduce((rest, word) => rest.replaceAll(word, ""), text)
}

/** True if too little is left of a text after removing common passwords, sequences and repetitions. Symbols count as left. */
function isTrivial(text: string, symbolCount: number, fullLength = text.length): boolean {
  const [letters, digits] = [text.replace(/\d/g, ""), text.replace(/\D/g, "")]
  // `a1b2c3`: two interleaved sequences.
  const unguessable = Math.min(
    countUnguessable(text, fullLength),
    countUnguessable(letters, letters.length) + countUnguessable(digits, digits.length),
  )
  return unguessable + symbolCount < UNGUESSABLE_MIN
}

/** The number of characters left. Next to guessable words, digits are a year or a counter, so each digit counts once. */
function countUnguessable(text: string, fullLength: number): number {
  const rest = removeRuns(removeCommonBase(collapseRepeated(collapseDoubled(text))))
  if (rest.length === fullLength || /^\d*$/.test(text)) return rest.length
  return rest.replace(/\d/g, "").length + new Set(rest.replace(/\D/g, "")).size
}

/** `aaabbbccc` as `abc`. */
function collapseDoubled(text: string): string {
  const single = text.replace(/(.)\1+/gsu, "$1")
  return single.length * 2 <= text.length ? single : text
}

/** `abcabcabca1` as `abc1`. */
function collapseRepeated(text: string): string {
  for (let size = 1; size <= text.length / 2; size++) {
    const piece = text.slice(0, size)
    let matched = size
    while (matched < text.length && text[matched] === piece[matched % size]) matched++
    if (matched >= 2 * size && text.length - matched < RUN_MIN) return piece + text.slice(matched)
  }
  return text
}

/** Removes the longest common password at its start or end, and every repetition of it. Two such passwords leave nothing. */
function removeCommonBase(text: string): string {
  for (let length = text.length; length > 0; length--) {
    const base = [text.slice(0, length), text.slice(-length)].find((end) => commonBases.has(end))
    const rest = base && text.replaceAll(base, "")
    if (rest !== undefined) return commonBases.has(rest) ? "" : rest
  }
  return text
}

/** Removes repeated characters and runs of neighbors in the alphabet or on a keyboard. */
function removeRuns(text: string): string {
  let rest = ""
  for (let index = 0; index < text.length; ) {
    const run = runLengthAt(text, index)
    if (run === 0) rest += text[index]
    index += Math.max(run, 1)
  }
  return rest
}

/** The length of the run that starts here; 0 if it is too short to count. */
function runLengthAt(text: string, index: number): number {
  const repeated = /^(.)\1*/su.exec(text.slice(index))?.[0].length ?? 0
  const lengths = RUNS.map((row) => {
    let length = 1
    while (index + length < text.length && row.includes(text.slice(index, index + length + 1))) length++
    return length
  })
  const longest = Math.max(repeated, ...lengths)
  return longest >= RUN_MIN ? longest : 0
}
