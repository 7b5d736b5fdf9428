/** RFC 5322, 2.1.1 allows 78 columns; six are left for the signs of those who quote us. */
export const TEXT_COLUMNS = 72

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const WITHOUT_WIDTH = /[\p{M}\p{Cf}]/u
/** Signs that stay with the character before or after them (JLREQ, 3.1.7 and 3.1.8). */
const NEVER_FIRST = /[、。，．・：；？！ー）」』】〕〉》”’!),.:;?\]}\p{M}\p{Cf}]/u
const NEVER_LAST = /[（「『【〔〈《“‘([{\u2068]/u

/** The columns of a text in a font of fixed width: two for Chinese, Japanese and Korean characters, none for invisible ones. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += WITHOUT_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}

/**
 * Breaks lines that are wider than this at spaces, and between Chinese and Japanese characters. Never breaks a word or a URL, however
 * long. Spaces at the start of a line stay.
 */
export const wrapText = (text: string, columns = TEXT_COLUMNS): string =>
  text
    .split("\n")
    .map((line) => (columnsOf(line) > columns ? wrapLine(line, columns) : line))
    .join("\n")

function wrapLine(line: string, columns: number): string {
  const lines: string[] = []
  let current = ""
  for (const piece of splitLine(line)) {
    if (current.trim() && columnsOf(current + piece.trimEnd()) > columns) {
      lines.push(current.trimEnd())
      current = piece
    } else current += piece
  }
  return isolateEach([...lines, current]).join("\n")
}

/** The pieces between which a line can be broken: words with the spaces that follow, and single wide characters. */
function splitLine(line: string): string[] {
  const characters = [...line]
  const pieces: string[] = []
  characters.forEach((character, index) => {
    const [earlier = "", before = ""] = characters.slice(Math.max(0, index - 2), index).slice(-2)
    if (index > 0 && canBreak(index > 1 ? earlier : "", index > 1 ? before : earlier, character)) pieces.push(character)
    else pieces.push((pieces.pop() ?? "") + character)
  })
  return pieces
}

function canBreak(earlier: string, before: string, after: string): boolean {
  if (before === " ") return after !== " " && !(/\d/.test(earlier) && /\d/.test(after)) // phone numbers stay whole
  if (after === " " || NEVER_FIRST.test(after) || NEVER_LAST.test(before)) return false
  return WIDE.test(before) || WIDE.test(after)
}

/** A line break ends the isolation of a direction (UAX #9, 3.3.2), so what is isolated over several lines is on each. */
function isolateEach(lines: string[]): string[] {
  let isOpen = false
  return lines.map((line) => {
    const start = isOpen ? "\u2068" : ""
    isOpen = (start + line).lastIndexOf("\u2068") > (start + line).lastIndexOf("\u2069")
    return start + line + (isOpen ? "\u2069" : "")
  })
}
