import type { EmailStatus, InviteStatus } from "../../storage/schema.ts"
import { asciiDomainIn, parseAddress } from "../../text/email-address.ts"
import { sanitizeLine, truncate } from "../../text/sanitize.ts"
import type { InviteFilter } from "./list.ts"

/** The minimum of a trigram index. Shorter words are ignored. */
const SEARCH_WORD_MIN = 3

/** The longest search, in characters. */
export const SEARCH_MAX = 200

/** The letters for statuses in the index, as migrations/0001_schema.sql writes them. */
export const STATUS_LETTERS: Record<InviteStatus, string> = {
  pending: "p",
  accepted: "a",
  expired: "e",
  revoked: "r",
  declined: "d",
}
export const EMAIL_STATUS_LETTERS: Record<EmailStatus, string> = {
  queued: "q",
  sent: "s",
  delivered: "d",
  deferred: "e",
  bounced: "b",
  complained: "c",
  failed: "f",
}

/** The words to search for; none if all are too short. What is beyond `SEARCH_MAX` is ignored. An address is one word, as stored. */
export function searchWords(search = ""): string[] {
  const text = truncate(search, SEARCH_MAX)
  const { address } = parseAddress(text)
  if (address) return [address]
  return sanitizeLine(text)
    .split(" ")
    .filter((word) => [...word].length >= SEARCH_WORD_MIN) // in characters, as the index counts
}

/** The search expression for the reseller's invites that match the filter and contain all words. */
export function searchExpression(resellerId: string, filter: InviteFilter, words: string[]): string {
  const { status, emailStatus, billingAccountId, needsAttention } = filter
  const quotedPhrase = (column: string, text: string) => `${column} : "${text.replaceAll('"', '""')}"`
  return [
    quotedPhrase("tenant", resellerId.slice(-3)),
    ...(status ? [quotedPhrase("facets", `s=${STATUS_LETTERS[status]}`)] : []),
    ...(emailStatus ? [quotedPhrase("facets", `m=${EMAIL_STATUS_LETTERS[emailStatus]}`)] : []),
    ...(billingAccountId ? [quotedPhrase("facets", `b=${billingAccountId.slice(-3)}`)] : []),
    ...(needsAttention ? [quotedPhrase("facets", "a=y")] : []),
    ...words.map((word) => {
      const domain = asciiDomainIn(word)
      return domain ? `(${quotedPhrase("text", word)} OR ${quotedPhrase("text", domain)})` : quotedPhrase("text", word)
    }),
  ].join(" AND ")
}
