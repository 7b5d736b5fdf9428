import type { Invite } from "../../storage/schema.ts"
import { parseAddress } from "../../text/email-address.ts"
import { fold } from "../../text/fold.ts"
import { unicodeAddress } from "../../text/readable-address.ts"
import { sanitizeLine, truncate } from "../../text/sanitize.ts"
import { hashDomain, toCompanyDomain } from "./company-domain.ts"

/** The longest search, in characters. */
export const SEARCH_MAX = 200

/** The longest run of characters that is a term of the index. */
export const RUN_LENGTH = 3

/** A character that no word has, so that no word is found across the end of a field. */
const FIELD_END = "\u2028"

/**
 * What a search finds a customer's invite by: its company, contact and address, in Punycode and in the script of its domain. These are
 * folded, and written as the run of characters from each on, one a line. The last line is a hash of the domain, for similar companies.
 */
export function toSearchRuns({
  kind,
  companyName,
  contactName,
  contactEmail,
}: Pick<Invite, "kind" | "companyName" | "contactName" | "contactEmail">): string {
  if (kind !== "customer") return ""
  const fields = new Set([companyName, contactName, contactEmail, unicodeAddress(contactEmail)].map(fold))
  const characters = [...fields].flatMap((field) => [...field, FIELD_END])
  const runs = characters.map((_, i) => characters.slice(i, i + RUN_LENGTH).join(""))
  const domain = toCompanyDomain(contactEmail)
  return [...runs, ...(domain ? [hashDomain(domain)] : [])].join("\n")
}

/** The runs of a word that an invite must have one after the other. A short word is one, the beginning of others. */
export function runsOf(word: string): string[] {
  const characters = [...word]
  const count = Math.max(1, characters.length - RUN_LENGTH + 1)
  return Array.from({ length: count }, (_, i) => characters.slice(i, i + RUN_LENGTH).join(""))
}

/**
 * The folded words to search for. What is beyond `SEARCH_MAX` is ignored, and so is punctuation around words, and words such as & unless
 * there are no others. An address is one word.
 */
export function searchWords(search: string | undefined): string[] {
  if (!search) return []
  const line = truncate(search, SEARCH_MAX)
  const { address } = parseAddress(line)
  const typed = sanitizeLine(line).split(" ").map(trimPunctuation).filter(Boolean)
  const named = typed.filter(hasLetterOrSign)
  const words = named.length ? named : typed
  return [...new Set((address ? [address] : words).map((word) => truncate(fold(word), SEARCH_MAX)).filter(Boolean))]
}

const EDGE = "[\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Pd}\\p{Pc}.,:;!?\u2026\u3001\u3002\u00a1\u00bf'\"]+"
const EDGES = new RegExp(`^${EDGE}|${EDGE}$`, "gu")
const trimPunctuation = (word: string) => word.replace(EDGES, "")

const hasLetterOrSign = (word: string) => /[\p{L}\p{N}\p{S}\p{Co}]/u.test(word)

/** True for a search with a letter, a digit or a sign, such as an emoji or &. */
export const isSearchable = (search: string) => searchWords(search).length > 0
