import type { Invite } from "../../storage/schema.ts"
import { fold } from "../../text/fold.ts"

/** What a company's name can end with, folded and without punctuation. It says only of which form the company is. */
const LEGAL_FORMS = new Set(
  (
    "ab ag aps as asa bv bvba cc co company corp corporation cv eirl eurl ev gbr gmbh gmbhcokg hf inc incorporated kft kg kgaa kk limitada " +
    "limited llc llp lp ltd ltda mbh nv oao og ohg ooo oy oyj plc pte pty pvt sa sapi sarl sas sasu scs se sia sl slu snc spa spzoo srl srls " +
    "sro uab ug"
  ).split(" "),
)
/** What it can begin with. */
const LEADING_FORMS = new Set("ооо оао зао ао пао".split(" "))
/** Those that are written without a space before or after the name. */
const ATTACHED_FORMS =
  /^(株式会社|有限会社|合同会社|有限公司|股份有限公司|주식회사)|(株式会社|有限会社|合同会社|股份有限公司|有限公司|주식회사)$/gu
/** The sign ㈱ and 株 in brackets stand for the whole form. */
const SHORT_FORMS = /[(（](株|有|同|주)[)）]/gu

/**
 * A company's name as it is sorted and compared: folded, without punctuation and legal forms. It stays whole if it is nothing else.
 * Empty for invites to existing accounts.
 */
export function toCompanyKey({ kind, companyName }: Pick<Invite, "kind" | "companyName">): string {
  if (kind !== "customer") return ""
  const line = fold(companyName).replace(SHORT_FORMS, " ")
  const words = line
    .replace(/(?<=\p{L})\.(?=\p{L}|\s|$)/gu, "") // S.A. is one word
    .replace(/[^\p{L}\p{M}\p{N}\p{S}\p{Co}]+/gu, " ")
    .trim()
  const name = withoutForms(words.replace(ATTACHED_FORMS, "").trim().split(" ")).join(" ")
  return name || words || line
}

/** One name can have several forms, such as GmbH & Co. KG. */
function withoutForms(words: string[]): string[] {
  const first = words.findIndex((word) => !LEADING_FORMS.has(word))
  const last = words.findLastIndex((word) => !LEGAL_FORMS.has(word))
  return words.slice(Math.max(0, first), last + 1)
}
