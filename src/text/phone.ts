import {
  type CountryCode,
  getCountries,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min"
import { toAsciiDigits } from "./fold.ts"
import { memoized, memoizedBy } from "./memoized.ts"
import { regionNames } from "./region-names.ts"

export type Country = CountryCode

/** The country of a reseller that has chosen none. */
export const DEFAULT_COUNTRY: Country = "US"

export const isCountry = (code: string): code is Country => isSupportedCountry(code)

export type PhoneProblem = "invalid" | "phone_extension"

export type ParsedPhone = Readonly<{ number: string; problem?: never } | { number?: never; problem: PhoneProblem }>

/**
 * Reads a phone number as people write it: with `+` or `00`, or as it is dialed in `country`, in the digits of any script, and with
 * letters for digits. The result is in E.164 (`+14155550132`). Without a country, only a number with a country code is read.
 */
export const parsePhone: (text: string, country?: Country) => ParsedPhone = memoizedBy(
  (text: string, country?: Country) => `${country ?? ""} ${text}`, // imports and forms name the same number again and again
  parseText,
)

function parseText(text: string, country?: Country): ParsedPhone {
  const plain = toAsciiDigits(
    text
      .toWellFormed()
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
      .replace(/\p{No}/gu, "#") // such as the ² of a footnote, which would become a digit
      .normalize("NFKC"),
  )
    .replace(/^[^\d+(]*(?=[\d+(])/, "")
    .replace(/[\s.,;:!?"'’”»]+$/, "")
  const number = findNumber(plain, country)
  if (number) return { number }
  return { problem: hasExtension(plain, country) ? "phone_extension" : "invalid" }
}

/** True for a text without country code that could be a number in some country. */
export const isNationalPhone = (text: string): boolean =>
  !/^\s*[+\uff0b]/.test(text) && /(?:\p{Nd}\P{Nd}*){3}/u.test(text)

/** Digits, and what people write between them. The library would ignore anything else, or take it for an extension. */
const DIGITS = /^[\s(]*\+?[\d\s()[\]./~·\p{Pd}\u2212\u30fc]+$/u

/** The number that the whole text is, in E.164. */
function findNumber(text: string, country: Country | undefined): string | undefined {
  const digits = DIGITS.test(text) ? text : readVanity(text, country)
  if (!digits || [...digits.matchAll(/[/([~\r\n]/g)].some(({ index }) => isValid(digits.slice(0, index), country)))
    return
  const number = spell(digits, country).find(isPossible)
  return number && !number.ext ? withoutMobilePrefix(number) : undefined
}

/** The digits of the longest area code, and some short number with it. */
const AREA_CODE_MAX = 6

/** True for a number before a slash, bracket or line break: what is behind it is another, or an extension. */
const isValid = (digits: string, country: Country | undefined) =>
  spell(digits, country).some((number) => number.nationalNumber.length > AREA_CODE_MAX && number.isValid())

const spell = (digits: string, country: Country | undefined): PhoneNumber[] =>
  [digits.replace(/^\(?\s*00\s*\)?/, "+"), digits].flatMap(
    (spelling) => parsePhoneNumberFromString(spelling, country) ?? [],
  )

/** True for a number and then letters or a sign with digits: an extension, a PIN, or the end of another number. */
function hasExtension(text: string, country: Country | undefined): boolean {
  const [, start = "", between = ""] = /^(.*\d)(\D+)\d{1,7}\D*$/s.exec(text) ?? []
  if (!between.trim()) return false
  const words = between.replace(/\P{L}*$/u, "") // the end of a vanity number, or the word for the extension
  return ["", words, words.replace(/\P{L}+\p{L}+$/u, "")].some((word) => findNumber(start + word, country))
}

const isPossible = (number: PhoneNumber) => number.isValid() || OLD_MEXICAN_MOBILE.test(number.number)

/** Until 2020, mobile numbers in Mexico had a 1 before the area code from abroad, and 044 or 045 within. */
const OLD_MEXICAN_MOBILE = /^\+52(?:1|04[45])(?=[2-9]\d{9}$)/

const withoutMobilePrefix = ({ number }: PhoneNumber) => number.replace(OLD_MEXICAN_MOBILE, "+52")

const KEYS = "22233344455566677778889999"
/** The number of digits after +1. The letters of the last word beyond them are ignored when dialed, as in 1-800-MATTRESS. */
const NORTH_AMERICAN = /^(\D*1(?:\D*\d){10})\d*$/

/** The digits before the letters, and the letters: up to the end, with a word, and not only letters that look like 0 and 1. */
const VANITY = /^([+\d\s().-]*\d[\s().-]*)(?=.*[a-z]{3})(?=.*[a-hjkmnp-z])[a-z](?:[a-z\s.-]|\d(?!\d))*(?<=[a-z])$/i

/** True for more than an area code. */
const isWhole = (number: PhoneNumber) => number.nationalNumber.length > 4 && number.isPossible()

/** `1-800-FLOWERS` with the digits that have these letters on the keypad. Letters after a whole number are something else. */
function readVanity(text: string, country: Country | undefined): string | undefined {
  const [, start] = VANITY.exec(text) ?? []
  if (!start || spell(start, country).some(isWhole)) return undefined
  if (/[a-z].*\d/i.test(text) && !/^\D*1\D*8\d\d\D/.test(text)) return undefined // as in 1-866-DIAL-4-ME
  return text
    .replace(/[a-z]/gi, (letter) => KEYS.charAt(letter.toLowerCase().charCodeAt(0) - 97))
    .replace(NORTH_AMERICAN, "$1")
}

/** `+14155550132` as people write it: `+1 415 555 0132`. A page shows the number of a billing account in many rows. */
export const formatPhone = memoized(
  (e164: string): string => parsePhoneNumberFromString(e164)?.formatInternational() ?? e164,
)

export const countryName = (language: string, country: Country): string => regionNames(language).of(country) ?? country

/** All countries with phone numbers, by their name in a language. */
export const listCountries = memoized((language: string): readonly Readonly<{ code: Country; name: string }>[] => {
  const { compare } = new Intl.Collator(language)
  return getCountries()
    .map((code) => ({ code, name: countryName(language, code) }))
    .sort((first, second) => compare(first.name, second.name))
})
