import { type LinkKeys, TOKEN_LENGTH, type TokenPurpose, verifyToken } from "./signed-token.ts"

/** Room for a token of which each character is escaped twice, and what was added to it. */
const MAX_TEXT_LENGTH = 600
/** Of random text, one in 64 places looks like the start of a token. */
const MAX_CANDIDATES = 32

/** A token by its shape, at any place: the format's bits come first, and the last character has four unused bits. */
const TOKEN_SHAPE = new RegExp(`(?=([Q-Za-f][\\w-]{${TOKEN_LENGTH - 2}}[AQgw]))`, "g")

/**
 * Undoes what email programs do to links: escapes, line wraps, quoting, text before and after. Returns only a token that verifies,
 * so that a guess can't be wrong, and undefined if the text is already a token.
 */
export async function repairToken(keys: LinkKeys, text: string, purpose: TokenPurpose): Promise<string | undefined> {
  if (text.length > MAX_TEXT_LENGTH) return undefined
  const unescaped = unescapeOnce(unescapeOnce(text))
  for (const candidate of [...new Set([...tokensIn(text), ...tokensIn(unescaped)])].slice(0, MAX_CANDIDATES)) {
    if (candidate !== text && (await verifyToken(keys, candidate, purpose))) return candidate
  }
  return undefined
}

function tokensIn(text: string): string[] {
  return Array.from(text.replace(/[^\w-]/g, "").matchAll(TOKEN_SHAPE), ([, token = ""]) => token)
}

/** Removes one layer of escapes: of URLs (`%2D`), quoted-printable (`=2D`, RFC 2045, 6.7) and HTML (`&#45;`, `&#x2d;`). */
function unescapeOnce(text: string): string {
  return text
    .replace(/[%=]([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#(\d{1,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x([0-9a-f]{1,2});/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
