import { TOKEN_LENGTH } from "../domain/access/signed-token.ts"
import { LINK_ROOTS } from "../routes.ts"

const LINK_PATH = new RegExp(`(?:${LINK_ROOTS.join("|")})/`, "i")
const TOKEN = new RegExp(`(?<![\\w-])[\\w-]{${TOKEN_LENGTH}}(?![\\w-])`, "g")
const MAX_ESCAPES = 5

/** Hides the secret part of links in a line of the log, however the path is encoded, and anything that looks like a token. */
export function maskLinks(line: string): string {
  return line.replace(/\S+/g, maskPath).replace(TOKEN, "…")
}

function maskPath(word: string): string {
  let decoded = word
  for (let n = 0; n < MAX_ESCAPES; n++) {
    const link = LINK_PATH.exec(decoded)
    if (link) return `${decoded.slice(0, link.index)}${link[0]}…`
    decoded = decoded.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  }
  return word
}
