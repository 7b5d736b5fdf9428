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
    .normalize("NFKC")
    .replace(/[\u3002\uff61]/g, ".")
    .trim()
}

/** The address in `Ana Ruiz <ana@x.example>`, `mailto:ana@x.example?subject=Hi` and `(ana@x.example).`, or why there isn't one. */
function unwrap(text: string): string | ParsedAddress {
  const inBrackets = [...text.matchAll(/<([^<>]*@[^<>]*)>/g)]
  const [bracketed] = inBrackets
  if (inBrackets.length > 1 || (bracketed && listsAddress(text.slice(0, bracketed.index)))) {
    return { problem: "email_several" }
  }
  const single = trimPunctuation(bracketed?.[1] ?? text)
  const address = /^mailto:/i.test(single) ? fromMailto(single) : single
  if (address === undefined) return { problem: "invalid" }
  if (/[^\s@,;"]@[^\s@,;"]+[\s,;]+\S*[^\s@,;"]@/.test(address)) return { problem: "email_several" }
  return address
}

/** True for `ana@x.example, Kim`, but not for a name in quotes. */
const listsAddress = (text: string) => /@[^\s,;]+\s*[,;]/.test(text.replace(/"[^"]*"/g, ""))

/** Without a comment at the end, and without quotes, brackets and other punctuation that can't be part of the address. */
function trimPunctuation(text: string): string {
  const [, quote = "", quoted] = /^(["'`*_])(.*@.*)\1[\s.,;:!?)>\]}]*$/.exec(text) ?? []
  return (quote && quoted !== undefined ? quoted : text)
    .replace(/\s\([^()@]*\)[\s.,;]*$/, "")
    .replace(/^[\s<([,;:«‹“”„‘’「『【《〈]+/u, "")
    .replace(/[\s.,;:!?)>\]}"'`*»›“”’」』】》〉،؛、]+$/u, "")
}

/** The address of a `mailto:` link, percent-decoded. */
function fromMailto(link: string): string | undefined {
  const [address = ""] = link.slice("mailto:".length).split("?")
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

/** `domainToASCII` would decode %, and cut off what follows a slash, a question mark or a colon. */
const UNSAFE_IN_DOMAIN = /[ -,/:-@[-`{-~]|\p{Cc}/u

/** The domain in Punycode and lowercase, or undefined if there can't be one of that name. */
function toAsciiDomain(domain: string): string | undefined {
  if (UNSAFE_IN_DOMAIN.test(domain)) return undefined
  const ascii = domainToASCII(domain) || domainToASCII(domain.replace(JOINERS, ""))
  const labels = ascii.split(".")
  const unicode = domainToUnicode(ascii)
  const isPossible =
    labels.length > 1 &&
    isTopLevel(labels.at(-1) ?? "") &&
    labels.every(isLabel) &&
    unicode.split(".").every((label) => !/^-|^..--|-$/u.test(label)) // an invalid xn-- label stays as it is
  return isPossible ? ascii : undefined
}

const isLabel = (label: string) => label.length <= LABEL_MAX && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)

/** There is none of one character, and none that could be the end of an IPv4 address. */
const isTopLevel = (label: string) => /^..+$/.test(label) && !/^\d+$/.test(label)
