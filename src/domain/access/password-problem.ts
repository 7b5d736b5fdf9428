import { isCommonPassword } from "./common-passwords.ts"
import { normalizePassword, PASSWORD_MIN, passwordLength } from "./password.ts"

export type PasswordProblem = "password_too_short" | "password_too_long" | "password_common" | "password_contains_name"

/** Words that people put into passwords everywhere. */
const COMMON_WORDS = (
  "password passwort secret welcome login account administrator admin customer reseller invite user " +
  "january february march april june july august september october november december"
).split(" ")
/** Words that lists of broken passwords begin with, and what is written first in other languages. */
const FAVORITE_WORDS = (
  "access amor arsenal ashley autumn azerty baseball batman benfica bonjour changeme charlie chelsea chocolat ciao computer " +
  "contrasena cookie daniel default doudou dragon estrella flower football forever freedom fussball google hallo hello herbst " +
  "hockey hola hunter iloveyou internet jennifer jessica jordan juventus letmein liverpool lovely loveme marseille master " +
  "matthew michael michelle monkey motdepasse mustang naruto office pokemon princess robert samsung schatz shadow soccer " +
  "soleil sommer sonne spring starwars summer sunshine superman superstar teamo tequiero test testing thomas tigger whatever " +
  "willkommen winter"
).split(" ")
/** Shorter words of a name, such as `inc`, are too frequent to count. */
const NAME_WORD_MIN = 4
/** Letters or emoji that a password must have besides common words and names. */
const OWN_LETTERS_MIN = 5
const DISTINCT_MIN = 5
const ROWS =
  "01234567890 abcdefghijklmnopqrstuvwxyz a1b2c3d4e5f6g7h8i9j0 qwertyuiopasdfghjklzxcvbnm qwertzuiop " +
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm 1q2w3e4r5t6y7u8i9o0p qweasdzxc123"
/** Alphabets and rows of the keyboard, in both directions. */
const SEQUENCES = `${ROWS} ${[...ROWS].reverse().join("")}`
/** How many characters the parts of sequences in a password may have on average. Those in a language have hardly two. */
const SEQUENCE_MIN = 4
/** Of how many years, sequences and other signs the rest of a password consists that adds little to a word. */
const REST_PARTS_MAX = 4
/** The digits on an American keyboard, with Shift. */
const SHIFTED_DIGITS = ")!@#$%^&*("
/** So many words with spaces between them are a phrase, as `a rose is a rose is a rose`. */
const PHRASE_WORDS = 4

/**
 * Why a new password is refused, or undefined. Follows NIST SP 800-63B-4, 3.1.1.2: a minimum length, no rules of composition, and a
 * blocklist: common passwords, repetitions, sequences, and the `names` around the person (their own, company, address).
 */
export function passwordProblem(password: string, names: readonly string[]): PasswordProblem | undefined {
  const normalized = normalizePassword(password)
  if (normalized === undefined) return "password_too_long"
  if (passwordLength(normalized) < PASSWORD_MIN) return "password_too_short"
  if (isCommon(normalized)) return "password_common"
  return textsOf(normalized).some((text) => isOnlyWords(text, [...wordsOfNames(names).keys(), ...COMMON_WORDS]))
    ? "password_contains_name"
    : undefined
}

/** The longest word that gives a refused password away, as it is written in a name or on our lists; undefined if none does. */
export function weakWord(password: string, problem: PasswordProblem, names: readonly string[]): string | undefined {
  const texts = textsOf(normalizePassword(password) ?? "")
  const words = new Map([...FAVORITE_WORDS, ...COMMON_WORDS].map((word) => [word, word]))
  if (problem === "password_contains_name") for (const [word, name] of wordsOfNames(names)) words.set(word, name)
  const found = [...words.keys()].filter((word) => texts.some((text) => text.includes(word)))
  return words.get(found.reduce((longest, word) => (word.length > longest.length ? word : longest), ""))
}

/** The words of names and the names themselves as they are compared, the longest first, each with how it is written. */
function wordsOfNames(names: readonly string[]): Map<string, string> {
  const words = names.flatMap((name) => [
    [joined(name), name] as const,
    ...name.split(/[\s\p{P}\p{S}]+/u).map((word) => [word.toLowerCase(), word] as const),
  ])
  const longest = words.filter(([word]) => word.length >= NAME_WORD_MIN).sort(([a], [b]) => a.length - b.length)
  return new Map(longest.reverse()) // of several spellings, the first one
}

/** A phrase may repeat itself, and its words are compared as they stand. */
function isCommon(password: string): boolean {
  const texts = textsOf(password)
  const isOnlyCommon = (text: string) =>
    isSequence(text) || isSequence(unshifted(text)) || isOnlyWords(text, COMMON_WORDS)
  if ([password, ...texts].some(isOnlyCommon) || isCommonPassword(password)) return true
  if (isPhrase(password)) return false
  if (new Set(password).size < DISTINCT_MIN || texts.some(isListedOrRepetition)) return true
  return [password, decodeLeet(password)].some(isDecoratedWord) || isDecoratedFavorites(password)
}

const isListedOrRepetition = (text: string) =>
  isCommonPassword(text) || isCommonPassword(text.replace(/\d{1,3}$/, "")) || isRepetition(text)

/** The words of a text, without the signs around them. A single letter is none. */
const phraseWords = (text: string) =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => /^\p{P}*\p{L}[\p{L}\p{M}\p{P}]+$/u.test(word))
    .map((word) => word.replace(/^\p{P}+|\p{P}+$/gu, ""))

function isPhrase(text: string): boolean {
  const words = phraseWords(text)
  const isOneWord = new Set(words).size === 1
  return words.length >= PHRASE_WORDS && !(isOneWord && words.some((word) => isFavorite(word) || isKeyRow(word)))
}

/** `abc`, `qwerty` */
const isKeyRow = (word: string) => word.length > 2 && SEQUENCES.includes(word)

/** How a password is compared. */
const textsOf = (password: string) => [joined(password), joined(decodeLeet(password))]

/** A text in lower case and without separators. Other symbols stay: a password from a generator may have little else. */
const joined = (text: string) => text.toLowerCase().replace(/[\s._-]+/g, "")

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

/** `aabbccdd`, `zxcvbnm987654`: a text that consists of few parts of `SEQUENCES`. */
const isSequence = (text: string) => countSequences(text) * SEQUENCE_MIN <= text.length

function countSequences(text: string): number {
  const single = text.replace(/(.)\1+/gsu, "$1")
  let parts = 0
  for (let start = 0, end = 0; start < single.length; start = end, parts++) {
    for (end = start + 1; end < single.length && SEQUENCES.includes(single.slice(start, end + 1)); ) end++
  }
  return parts
}

/** `!QAZ2wsx` as `1qaz2wsx`. */
const unshifted = (text: string) =>
  text.toLowerCase().replace(/[!@#$%^&*()]/g, (sign) => String(SHIFTED_DIGITS.indexOf(sign)))

/** `Sunshine2026!!`, `hallohallo123456`: a favorite word, or any word twice, besides years, sequences and a few other signs. */
function isDecoratedWord(text: string): boolean {
  const { word, isRestWeak } = decorated(text)
  return isRestWeak && (isFavorite(word) || repeatedUnit(word) !== word)
}

/**
 * `Sunshine-Sunshine-2026`, `PasswordMonkey!!`: one or two favorite or common words, besides years, sequences and a few other signs.
 * Three words with spaces between them are a phrase here, as `shadow of a dragon`.
 */
function isDecoratedFavorites(password: string): boolean {
  if (new Set(phraseWords(password)).size > 2) return false
  return textsOf(password).some((text) => {
    const words = [...FAVORITE_WORDS, ...COMMON_WORDS].filter((word) => text.includes(word))
    const rest = words.reduce((left, word) => left.replaceAll(word, ""), text)
    return words.length <= 2 && isOnlyWords(text, words) && isWeak(rest)
  })
}

const isFavorite = (word: string) => FAVORITE_WORDS.includes(repeatedUnit(word))

/** The only word of a text, and whether what is around it adds little. */
function decorated(text: string): { word: string; isRestWeak: boolean } {
  const unit = repeatedUnit(text.toLowerCase())
  const [, before = "", word = "", after = ""] = /^([^a-z\s]*)([a-z]+)([^a-z\s]*)$/.exec(unit) ?? []
  return { word, isRestWeak: isWeak(before + after) }
}

/** True if what is around a word consists of years, sequences and a few other signs. */
const isWeak = (rest: string) => countSequences(unshifted(rest).replace(/19[4-9]\d|20[0-4]\d/g, "")) <= REST_PARTS_MAX

/** `ab` of `ababab`; a text that isn't a repetition, as it is. */
const repeatedUnit = (text: string) => text.replace(/^(.+?)\1+$/su, "$1")

/** True if a text contains some of the words, and besides them hardly a letter. */
function isOnlyWords(text: string, words: string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, " "), text)
  return rest !== text && (rest.match(/[\p{L}\p{So}]/gu) ?? []).length < OWN_LETTERS_MIN
}
