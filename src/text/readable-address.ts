import { domainToASCII, domainToUnicode } from "node:url"
import { plainAddress, withPlainAddresses } from "./sandbox-address.ts"

/**
 * An address as people read it: as it was entered, with its domain in their script, where that is safe. A label stays in Punycode if it mixes scripts,
 * could be taken for Latin letters, or has other characters than letters and digits (like the rules of browsers, after UTS #39).
 */
export function readableAddress(storedAddress: string): string {
  const address = plainAddress(storedAddress)
  const at = address.lastIndexOf("@")
  return `${address.slice(0, at + 1)}${readableDomain(address.slice(at + 1))}`
}

/** An address with its whole domain in its script, also where that could be taken for another. To compare, never to show. */
export function unicodeAddress(address: string): string {
  const at = address.lastIndexOf("@")
  return address.slice(0, at + 1) + domainToUnicode(address.slice(at + 1))
}

function readableDomain(domain: string): string {
  if (!domain.includes("xn--")) return domain
  const ascii = domain.split(".")
  const unicode = domainToUnicode(domain).split(".")
  const topLevel = unicode.at(-1) ?? ""
  const readable = ascii.map((label, index) => {
    const text = unicode[index] ?? label
    return label.startsWith("xn--") && isReadable(text) && !looksLatin(text, topLevel) ? text : label
  })
  const result = readable.join(".")
  return domainToASCII(result) === domain ? result : domain
}

/** Letters of languages that are written in Latin, without the phonetic ones, some of which look like others. */
const LATIN = /^[a-z0-9\u00df-\u00f6\u00f8-\u0137\u0139-\u017e\u01a1\u01b0\u01ce-\u01dc\u0219\u021b\u1e00-\u1eff-]+$/

const SINGLE_SCRIPTS =
  "Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan".split(
    " ",
  )
/** Written together with each other, and with Latin letters. */
const EAST_ASIAN_SCRIPTS = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Bopomofo"],
  ["Han", "Hangul"],
]

const pattern = (scripts: string[], others: string) => {
  const letters = scripts.map((script) => `\\p{Script_Extensions=${script}}`).join("")
  return new RegExp(`^[[[${letters}]&&[\\p{L}\\p{M}\\p{Nd}]]${others}\\-]+$`, "v")
}

let patterns: RegExp[] | undefined

function isReadable(label: string): boolean {
  patterns ??= [
    LATIN,
    ...SINGLE_SCRIPTS.map((script) => pattern([script], "0-9")),
    ...EAST_ASIAN_SCRIPTS.map((scripts) => pattern(scripts, "a-z0-9")),
  ]
  return patterns.some((script) => script.test(label)) && !STROKE_BESIDE_LATIN.test(label)
}

/** Characters that look like a slash, where one could be. */
const STROKE_BESIDE_LATIN = /[a-z0-9][ノソゾン丿丶ヽ]|[ノソゾン丿丶ヽ][a-z0-9]/

/** Letters of each script that look like Latin ones, as in `аррӏе`. */
const LOOKALIKES = [/^[аысԁеԍһіюјӏорԗԛѕԝхуъьҽпгѵѡ0-9-]+$/, /^[αικνρυωηοτγ0-9-]+$/, /^[ագզէլհյոսւօ0-9-]+$/]

/** True if the label could be taken for a Latin one. Under a top-level domain that isn't Latin, nobody expects that. */
const looksLatin = (label: string, topLevel: string) =>
  /^[a-z-]/.test(topLevel) && LOOKALIKES.some((letters) => letters.test(label))

/** A text in which all addresses are readable, such as what the audit log says about an invite. */
export const withReadableAddresses = (text: string): string =>
  withPlainAddresses(text).replace(/[^\s@<>()]+@[a-z0-9.-]*xn--[a-z0-9.-]+/g, readableAddress)

/** A link that opens a new email to the address (RFC 6068). */
export const mailtoUrl = (address: string): string => `mailto:${encodeURIComponent(address).replace("%40", "@")}`
