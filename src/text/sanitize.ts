/** Makes text one harmless line: line breaks, control characters, and those that hide or reverse text become spaces. */
export function sanitizeLine(text: string): string {
  const line = text
    .toWellFormed()
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

/**
 * Stops mail programs from turning a name such as `http://evil.example` into a link, by an invisible word joiner after
 * each `:` of a scheme, each `@` and each dot inside a domain. The text looks the same.
 */
export function preventAutolink(text: string): string {
  return text.replace(/:(?=\/\/)|@(?=\S)|(?<=\S)\.(?=[\p{L}\p{N}-]{2})/gu, "$&\u2060")
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
