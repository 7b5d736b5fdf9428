import { isCommonPassword } from "./common-passwords.ts"
import { normalizePassword, PASSWORD_MIN, passwordLength } from "./password.ts"

export type PasswordProblem = "password_too_short" | "password_too_long" | "password_common" | "password_contains_name"

/** Words that people put into passwords everywhere. */
const COMMON_WORDS = (
  "password passwort secret welcome login account administrator admin customer reseller invite user " +
  "january february march april june july august september october november december"
).split(" ")
/** Shorter words of a name, such as `inc`, are too frequent to count. */
const NAME_WORD_MIN = 4
/** Letters that a password must have besides common words and names. */
const OWN_LETTERS_MIN = 5
const DISTINCT_MIN = 5

/**
 * Why a new password is refused, or undefined. Follows NIST SP 800-63B-4, 3.1.1.2: a minimum length, no rules of composition, and a
 * blocklist: common passwords, repetitions, sequences, and the `names` around the person (their own, company, address).
 */
export function passwordProblem(password: string, names: readonly string[]): PasswordProblem | undefined {
  const normalized = normalizePassword(password)
  if (normalized === undefined) return "password_too_long"
  if (passwordLength(normalized) < PASSWORD_MIN) return "password_too_short"
  const texts = [plainText(normalized), plainText(decodeLeet(normalized))]
  if (new Set(normalized).size < DISTINCT_MIN || [normalized, ...texts].some(isCommon)) return "password_common"
  const words = names.flatMap((name) => [plainText(name), ...name.toLowerCase().split(/[\s\p{P}\p{S}]+/u)])
  const nameWords = words.filter(({ length }) => length >= NAME_WORD_MIN).sort((a, b) => b.length - a.length)
  return texts.some((text) => isOnlyWords(text, [...nameWords, ...COMMON_WORDS])) ? "password_contains_name" : undefined
}

const isCommon = (text: string) =>
  isCommonPassword(text) ||
  isCommonPassword(text.replace(/\d{1,3}$/, "")) ||
  isRepetition(text) ||
  isSequence(text) ||
  isOnlyWords(text, COMMON_WORDS)

/** A text as attackers try it: in lower case, without separators. */
const plainText = (text: string) => text.toLowerCase().replace(/[\s\p{P}\p{S}]+/gu, "")

/** `n0rthw1nd` as `northwind`, `p@ss` as `pass`. A longer number isn't meant as letters. */
function decodeLeet(text: string): string {
  const letters: Record<string, string> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s" }
  return text.replace(/\d{3,}|[013457@$]/g, (sign) => letters[sign] ?? sign)
}

/** `abcabcabcab`: a piece of up to eight characters repeated, or a longer one four times. */
function isRepetition(text: string): boolean {
  const pieceMax = Math.min(Math.max(8, text.length / 4), text.length / 2)
  for (let size = 1; size <= pieceMax; size++) if (text.startsWith(text.slice(size))) return true
  return false
}

/** `abcdefg`, `a1b2c3d`: most characters are neighbors in the alphabet of the next one, or of the one after that. */
function isSequence(text: string): boolean {
  return [1, 2].some((distance) => {
    const steps = Array.from(text.slice(distance), (_, i) => text.charCodeAt(i + distance) - text.charCodeAt(i))
    return steps.filter((step) => Math.abs(step) <= 1).length > (steps.length * 2) / 3
  })
}

/** True if a text contains some of the words, and without them and its digits hardly a letter is left. */
function isOnlyWords(text: string, words: string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ""), text)
  return rest !== text && passwordLength(rest.replace(/\d/g, "")) < OWN_LETTERS_MIN
}
