import { domainToASCII, domainToUnicode } from "node:url"

/** The limits of RFC 5321, 4.5.3.1. The one of the address is without the angle brackets. */
export const EMAIL_MAX = 254
export const LOCAL_PART_MAX = 64
const LABEL_MAX = 63
/** Room for a name before the address. More isn't read, since normalizing takes time. */
const RAW_MAX = EMAIL_MAX * 4

/** Why a text isn't an address that we can send to. */
export type AddressProblem =
  | "invalid"
  | "too_long"
  | "email_several"
  | "email_quoted"
  | "email_letters"
  | "email_local_part"
  | "email_local_part_too_long"
  | "email_domain"

export type ParsedAddress = { address: string; problem?: never } | { address?: never; problem: AddressProblem }

/**
 * Reads an email address as people type or paste it: with a name, as a `mailto:` link, with invisible characters or punctuation
 * around it, in full-width letters, or with an international domain. The result is the one form that we store and send to: ASCII
 * in lowercase, with the domain in Punycode (RFC 5890).
 */
export function parseAddress(text: string): ParsedAddress {
  if (text.length > RAW_MAX) return { problem: "too_long" }
  const candidate = unwrap(clean(text))
  if (typeof candidate !== "string") return candidate
  const at = candidate.lastIndexOf("@")
  const localPart = candidate.slice(0, Math.max(at, 0)).replace(JOINERS, "").trimEnd()
  const domain = candidate.slice(at + 1).trimStart()
  if (at < 0 || !localPart || !domain) return { problem: "invalid" }
  const localProblem = localPartProblem(localPart)
  if (localProblem) return { problem: localProblem }
  const asciiDomain = toAsciiDomain(domain)
  if (!asciiDomain) return { problem: "email_domain" }
  const address = `${localPart.toLowerCase()}@${asciiDomain}`
  return address.length > EMAIL_MAX ? { problem: "too_long" } : { address }
}

/** The stored form of an address, or of anything else the text in lowercase, which then belongs to nobody. */
export function normalizeAddress(text: string): string {
  return parseAddress(text).address ?? text.toWellFormed().trim().toLowerCase()
}

const JOINERS = /[\u200c\u200d]/g

/** Signs that look like letters or digits to NFKC, as in `x.example™`. The zero of Chinese is a letter to domains (RFC 5892, 2.6). */
const WITHOUT_SIGNS = /[^[\p{So}\p{Sk}\p{No}\p{Nl}]--[〇]]+/gv
/** Raised and lowered letters, such as º, and the emoji of a key. */
const OTHER_SIGNS = /[0-9#*]\u20e3|[ªºʰ-ʸˠ-ˤᴬ-ᵪᶛ-ᶿⁱⁿₐ-ₜ]/g

/**
 * Without invisible characters, and with the compatible ones of other widths as ASCII. Joiners stay, since domains in some scripts
 * contain them; the ideographic full stop counts as a dot (UTS #46, 2.3).
 */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\ufeff/g, "")
    .replace(/\s+/g, " ")
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replace(OTHER_SIGNS, "•")
    .replace(WITHOUT_SIGNS, (part) => part.normalize("NFKC"))
    .replace(/[\u3002\uff61]/g, ".")
    .trim()
}

/** The address in `Ana Ruiz <ana@x.example>`, `mailto:ana@x.example?subject=Hi` and `(ana@x.example).`, or why there isn't one. */
function unwrap(text: string): string | ParsedAddress {
  const inBrackets = [...text.replace(MARKDOWN_LABEL, "").matchAll(IN_BRACKETS)]
  const [bracketed] = inBrackets
  if (inBrackets.length > 1 || (bracketed && listsAddress(bracketed))) {
    return { problem: "email_several" }
  }
  const single = trimPunctuation(bracketed?.slice(1).find(Boolean) ?? text)
  const address = /^mailto:/i.test(single) ? fromMailto(single) : single
  if (address === undefined) return { problem: "invalid" }
  if (/[^\s@,;"]@[^\s@,;"]+[\s,;|/、].*[^\s@,;"]@/.test(address)) return { problem: "email_several" }
  return address
}

const IN_BRACKETS = /<([^<>]*(?:@|%40)[^<>]*)>|(?<=^|[\s\]])\(\s*((?:mailto:)?[^()\s]+(?:@|%40)[^()\s]+)\s*\)/gi

/** The text of a link in Markdown: `[Ana Ruiz](mailto:ana@x.example)`. */
const MARKDOWN_LABEL = /\[[^[\]]*\](?=\(\s*mailto:)/gi

/** True for `ana@x.example, Kim` before the brackets, but not for a name in quotes; and for any address behind them. */
function listsAddress({ 0: { length }, 1: inAngles, input, index }: RegExpExecArray): boolean {
  const before = input.slice(0, index).replace(/"[^"]*"/g, "")
  const pattern = inAngles ? /@[^\s,;|/]+\s*[,;|/]/ : /\S@\S/
  return pattern.test(before) || /\S@\S/.test(input.slice(index + length))
}

/** A label, a bullet or a number as in lists, and a name in quotes, before an address. */
const BEFORE =
  /^(?:(?!mailto:)\p{L}[\p{L}\p{M} .-]*(?::\s|(?<=\P{ASCII}\s?):)|[*+#~=|/_&-]+\s|\d{1,3}[.)]\s|"[^"]*"\s+(?=[^\s"]+@))/iu
/** What the part before an @ can't begin with: punctuation, and signs other than ASCII. */
const OPENING = /^(?:[\s<>([\]),;:]|(?![\p{L}\p{M}\p{Nd}])\P{ASCII})+/u
/** What the part before an @ can begin with, and yet is only around an address if the same is behind it. */
const CLOSING: Record<string, string> = { "{": "}", '"': '"', "'": "'", "`": "`", "*": "*", _: "_", "~": "~", "|": "|" }

const COMMENT = /\s[([][^()[\]@]*[)\]]([^\p{L}\p{M}\p{Nd}]*)$/u

/** The address without what is around it. A domain ends with a letter or a digit, so that all behind these is something else. */
function trimPunctuation(text: string): string {
  const plain = text
    .replace(/\p{Me}/gu, "•")
    .replace(COMMENT, "$1")
    .replace(/['’]s([^\p{L}\p{M}\p{Nd}]*)$/iu, "$1")
  const [, inside = "", end = ""] = /^(.*[\p{L}\p{M}\p{Nd}])?([^\p{L}\p{M}\p{Nd}]*)$/su.exec(plain) ?? []
  let closing = end
  for (let rest = inside; ; ) {
    const trimmed = rest
      .replace(OPENING, "")
      .replace(BEFORE, "")
      .replace(/^"(?=[^"]*$)/, "")
    const pair = trimmed[1] === "@" ? -1 : closing.lastIndexOf(CLOSING[trimmed.charAt(0)] ?? "\0")
    if (pair < 0 && trimmed === rest) return rest
    if (pair >= 0) closing = closing.slice(0, pair)
    rest = trimmed.slice(pair < 0 ? 0 : 1)
  }
}

/** The address of a `mailto:` link, percent-decoded. */
function fromMailto(link: string): string | undefined {
  const [address = ""] = link.replace(/^mailto:\/{0,2}/i, "").split("?")
  try {
    return trimPunctuation(clean(decodeURIComponent(address)))
  } catch {
    return undefined
  }
}

const ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+$/i // RFC 5322, 3.2.3

function localPartProblem(localPart: string): AddressProblem | undefined {
  if (/["\\]/.test(localPart)) return "email_quoted"
  if (/[^ -~]/.test(localPart)) return "email_letters"
  if (localPart.length > LOCAL_PART_MAX) return "email_local_part_too_long"
  return localPart.split(".").every((atom) => ATOM.test(atom)) ? undefined : "email_local_part"
}

/**
 * Letters, marks, digits, and what IDNA2008 allows beside them (RFC 5892, 2.6 and A). `domainToASCII` would map signs to letters, decode
 * %, and cut off what follows a slash, a question mark or a colon.
 */
const DOMAIN = /^(?:[\p{L}\p{M}\p{Nd}〇.-]|\u200c|\u200d|(?<=l)·(?=l)|(?<=\p{sc=Hebr})[׳״]|・|(?<=\p{sc=Tibt})་)+$/iu

const BESIDE_MIDDLE_DOT = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u

/** Most domains: labels of letters, digits and single hyphens, the last of which begins with a letter. */
const COMMON_DOMAIN = /^(?!.*--)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d]$/i

/** The domain in Punycode and lowercase, or undefined if there can't be one of that name. */
function toAsciiDomain(domain: string): string | undefined {
  if (COMMON_DOMAIN.test(domain)) return domain.toLowerCase()
  if (!DOMAIN.test(domain) || (domain.includes("・") && !BESIDE_MIDDLE_DOT.test(domain))) return undefined
  const ascii = domainToASCII(domain) || domainToASCII(domain.replace(JOINERS, ""))
  const labels = ascii.split(".")
  const unicode = domainToUnicode(ascii)
  const isPossible =
    labels.length > 1 &&
    isTopLevel(labels.at(-1) ?? "") &&
    labels.every(isLabel) &&
    DOMAIN.test(unicode) &&
    unicode.split(".").every((label) => !/^-|^..--|-$/u.test(label)) // an invalid xn-- label stays as it is
  return isPossible ? ascii : undefined
}

const isLabel = (label: string) => label.length <= LABEL_MAX && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)

/** There is none of one character, and none that could be the end of an IPv4 address. */
const isTopLevel = (label: string) => /^..+$/.test(label) && !/^\d+$/.test(label)
