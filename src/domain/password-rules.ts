import { COMMON_BASES, COMMON_PASSWORDS } from "../../.generated/common-passwords.ts"
import { PASSWORD_MAX, PASSWORD_MIN } from "./password.ts"

/** Characters that must be left once all that can be guessed is taken away. */
const OWN_MIN = 9
/** Shorter words of a context, such as `inc`, are in half of all sentences. */
const CONTEXT_WORD_MIN = 4
const SHORTEST_RUN = 4

/** What people make passwords of wherever they are. */
const EVERYBODYS =
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

/** The example that everybody has read (xkcd 936) is in no list of so few. */
const common = new Set([...COMMON_PASSWORDS, "correcthorsebatterystaple"])
const bases = new Set(COMMON_BASES)

/**
 * What is wrong with a password that somebody chooses, or undefined. By NIST SP 800-63B-4, 3.1.1.2: length alone counts, no
 * composition is asked for, and what attackers try first is refused: common passwords, repetitions and sequences, and the
 * words of the `context` (company, reseller, name, address), however they are lengthened.
 */
export function passwordProblem(password: string, context: readonly string[]): string | undefined {
  const { length } = [...password]
  if (length < PASSWORD_MIN) return `Use ${PASSWORD_MIN} characters or more. A short sentence works well.`
  if (length > PASSWORD_MAX) return `Use ${PASSWORD_MAX} characters or fewer.`
  const own = symbolsOf(password)
  const readings = [plainOf(password), plainOf(unleeted(password))]
  if (readings.some((text) => common.has(text.replace(/\d{0,3}$/, "")) || common.has(text) || isTrivial(text, own))) {
    return "This is among the first that attackers try. A short sentence works well."
  }
  const words = wordsOf(context)
  if (readings.some((text) => isTrivial(without(text, [...words, ...words.map(unleeted)]), own, text.length))) {
    return "This is little more than names that others know too. A short sentence works well."
  }
  return undefined
}

/** `n0rthw1nd` as `northwind`, `p@ss` as `pass`. */
function unleeted(text: string): string {
  const letters: Record<string, string> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s" }
  return text.replace(/[013457@$]/g, (sign) => letters[sign] ?? sign)
}

/** How many different symbols are a password's own: those of a manager's have many, those between words are few. */
function symbolsOf(password: string): number {
  return new Set(withoutRuns(password.replace(/[\s\p{L}\p{N}]+/gu, ""))).size
}

/** As attackers read it: in small letters, without what stands between words. */
function plainOf(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}]+/gu, "")
}

function wordsOf(context: readonly string[]): string[] {
  const words = context.flatMap((text) => [plainOf(text), ...text.toLowerCase().split(/[\s\p{P}\p{S}]+/u)])
  const known = words.filter(({ length }) => length >= CONTEXT_WORD_MIN)
  return [...known, ...known.map((word) => [...word].reverse().join("")), ...EVERYBODYS.split(" ")]
}

/** Longer words first, so that none is left in pieces by a shorter one inside it. */
function without(text: string, words: string[]): string {
  return [...words]
    .sort((one, other) => other.length - one.length)
    .reduce((rest, word) => rest.replaceAll(word, ""), text)
}

/** True when little is left of a text without common passwords, sequences and repetitions, beside so many symbols. */
function isTrivial(text: string, symbols: number, whole = text.length): boolean {
  const [letters, digits] = [text.replace(/\d/g, ""), text.replace(/\D/g, "")]
  // `a1b2c3`: two sequences, one through the other.
  const own = Math.min(ownOf(text, whole), ownOf(letters, letters.length) + ownOf(digits, digits.length))
  return own + symbols < OWN_MIN
}

/** What is left. Beside words that can be guessed, digits are a year or a count: each counts once. */
function ownOf(text: string, whole: number): number {
  const rest = withoutRuns(withoutBase(unrepeated(undoubled(text))))
  if (rest.length === whole || /^\d*$/.test(text)) return rest.length
  return rest.replace(/\d/g, "").length + new Set(rest.replace(/\D/g, "")).size
}

/** `aaabbbccc` as `abc`. */
function undoubled(text: string): string {
  const single = text.replace(/(.)\1+/gsu, "$1")
  return single.length * 2 <= text.length ? single : text
}

/** `abcabcabca1` as `abc1`. */
function unrepeated(text: string): string {
  for (let size = 1; size <= text.length / 2; size++) {
    const piece = text.slice(0, size)
    let same = size
    while (same < text.length && text[same] === piece[same % size]) same++
    if (same >= 2 * size && text.length - same < SHORTEST_RUN) return piece + text.slice(same)
  }
  return text
}

/** Without the longest common password that it begins or ends with, however often that stands in it; of two nothing is left. */
function withoutBase(text: string): string {
  for (let length = text.length; length > 0; length--) {
    const base = [text.slice(0, length), text.slice(-length)].find((end) => bases.has(end))
    const rest = base && text.replaceAll(base, "")
    if (rest !== undefined) return bases.has(rest) ? "" : rest
  }
  return text
}

/** Without repeated characters, and without what lies side by side in the alphabet or on a keyboard. */
function withoutRuns(text: string): string {
  let rest = ""
  for (let at = 0; at < text.length; ) {
    const run = runAt(text, at)
    if (run === 0) rest += text[at]
    at += Math.max(run, 1)
  }
  return rest
}

/** How long the run is that begins here; 0 when it is too short to be one. */
function runAt(text: string, at: number): number {
  const repeated = /^(.)\1*/su.exec(text.slice(at))?.[0].length ?? 0
  const lengths = RUNS.map((row) => {
    let length = 1
    while (at + length < text.length && row.includes(text.slice(at, at + length + 1))) length++
    return length
  })
  const longest = Math.max(repeated, ...lengths)
  return longest >= SHORTEST_RUN ? longest : 0
}
