/**
 * More marks on one letter than any script has. Towers of accents cover the lines around them, and sorting one while normalizing takes
 * quadratic time. Joiners count too, since they would only separate one tower from the next.
 */
const MARKS_MAX = 8
const EXCESS_MARKS = new RegExp(`([\\p{M}\\u200c\\u200d]{${MARKS_MAX}})[\\p{M}\\u200c\\u200d]+`, "gu")

/**
 * Makes text one harmless line: line breaks, control characters, and those that hide or reverse text become spaces, and a letter keeps
 * at most eight marks. Takes linear time.
 */
export function sanitizeLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(EXCESS_MARKS, "$1")
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u115f\u1160\u200b\u2060-\u2064\u3164\ufeff\uffa0]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
  return /[^\s\p{Default_Ignorable_Code_Point}]/u.test(line) ? line : ""
}

/** Sanitizes each line and removes empty ones. */
export function sanitizeLines(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map(sanitizeLine)
    .filter(Boolean)
    .join("\n")
}

export function normalizeEmail(email: string): string {
  return email.toWellFormed().trim().toLowerCase()
}

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

/** `p••••@n••••••••.example`: enough to recognize your own address, too little to learn someone else's. */
export function maskEmail(email: string): string {
  const [local = "", domain = ""] = email.split("@")
  const [host = "", ...rest] = domain.split(".")
  return `${maskWord(local)}@${[maskWord(host), ...rest].join(".")}`
}

function maskWord(word: string): string {
  return word.slice(0, 1) + "•".repeat(Math.min(Math.max(word.length - 1, 2), 8))
}
