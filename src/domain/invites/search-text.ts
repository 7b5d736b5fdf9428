import type { Invite, Metadata } from "../../storage/schema.ts"
import { parseAddress } from "../../text/email-address.ts"
import { fold } from "../../text/fold.ts"
import { unicodeAddress } from "../../text/readable-address.ts"
import { plainAddress } from "../../text/sandbox-address.ts"
import { sanitizeLine, truncate } from "../../text/sanitize.ts"
import { hashDomain, toCompanyDomain } from "./company-domain.ts"

/** The longest search, in characters. */
export const SEARCH_MAX = 200

/** What to search for: as much of what was typed as a search can have. `isCut`: there was more. */
export function parseSearch(typed = ""): { search: string | undefined; isCut: boolean } {
  const text = typed.trim()
  const search = truncate(text, SEARCH_MAX)
  return { search: search.trim() || undefined, isCut: search !== text }
}

/** The longest run of characters that is a term of the index. */
export const RUN_LENGTH = 3

/** A character that no word has, so that no word is found across the end of a field. */
const FIELD_END = "\u2028"

/** So much of each value of the metadata is found by a search. A filter compares all of it. */
const METADATA_SEARCHED = 100

/**
 * What a search finds a customer's invite by: its company, contact, external id, values of metadata, and address in Punycode and in the
 * script of its domain. These are folded, and written as the run of characters from each on, one a line. The last lines are hashes: of the
 * domain, for similar companies, and of the values that filters compare as a whole.
 */
export function toSearchRuns({
  kind,
  companyName,
  contactName,
  contactEmail: storedEmail,
  externalId = null,
  metadata = null,
}: SearchedInvite): string {
  if (kind !== "customer") return ""
  const contactEmail = plainAddress(storedEmail)
  const values = Object.values(metadata ?? {}).map((value) => truncate(value, METADATA_SEARCHED))
  const texts = [companyName, contactName, contactEmail, unicodeAddress(contactEmail), externalId ?? "", ...values]
  const fields = new Set(texts.filter(Boolean).map(fold))
  const characters = [...fields].flatMap((field) => [...field, FIELD_END])
  const runs = characters.map((_, i) => characters.slice(i, i + RUN_LENGTH).join(""))
  const domain = toCompanyDomain(contactEmail)
  return [...runs, ...(domain ? [hashDomain(domain)] : []), ...exactTerms({ externalId, metadata })].join("\n")
}

export type SearchedInvite = Pick<Invite, "kind" | "companyName" | "contactName" | "contactEmail"> &
  Partial<Pick<Invite, "externalId" | "metadata">>

type ExactValues = { externalId?: string | null | undefined; metadata?: Metadata | null | undefined }

/** The terms of the index by which filters find an external id, and keys of metadata with a value. */
export const exactTerms = ({ externalId, metadata }: ExactValues): string[] => [
  ...(externalId ? [hashDomain(`external_id\n${externalId}`)] : []),
  ...Object.entries(metadata ?? {}).map(([key, value]) => hashDomain(`${key}\n\n${value}`)),
]

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
