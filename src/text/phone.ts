import {
  type CountryCode,
  getCountries,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min"

export type Country = CountryCode

/** The country of a reseller that has chosen none. */
export const DEFAULT_COUNTRY: Country = "US"

export const isCountry = (code: string): code is Country => isSupportedCountry(code)

export type PhoneProblem = "invalid" | "phone_extension"

export type ParsedPhone = { number: string; problem?: never } | { number?: never; problem: PhoneProblem }

/**
 * Reads a phone number as people write it: with `+` or `00`, or as it is dialed in `country`, and with letters for digits. The result
 * is in E.164 (`+14155550132`). Without a country, only a number with a country code is read.
 */
export function parsePhone(text: string, country?: Country): ParsedPhone {
  const plain = text
    .toWellFormed()
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .normalize("NFKC")
    .trim()
  if (EXTENSION.test(plain)) return { problem: "phone_extension" }
  const spellings = [plain.replace(/^\(?\s*00\s*\)?/, "+"), plain, toDigits(plain)]
  const numbers = spellings.map((spelling) => parsePhoneNumberFromString(spelling, country))
  const number = numbers.find((candidate) => candidate && isPossible(candidate))
  if (!number) return { problem: "invalid" }
  return number.ext ? { problem: "phone_extension" } : { number: withoutMobilePrefix(number) }
}

/** True for a text without country code that could be a number in some country. */
export const isNationalPhone = (text: string): boolean =>
  !/^\s*[+\uff0b]/.test(text) && /(?:\p{Nd}\P{Nd}*){3}/u.test(text)

/** The words that the library doesn't know. Without them, the extension could be taken for the end of the number. */
const EXTENSION =
  /\d[\s.,;(-]*(?:e?xtn?|extension|durchwahl|dw|nebenstelle|apparat|poste|anexo|anx|ramal|interno|int|toestel|доб|добавочный|внутр|内線|内线|分机|轉|转|p|w)[\s.:]*\d{1,7}\)?$/iu

const isPossible = (number: PhoneNumber) => number.isValid() || OLD_MEXICAN_MOBILE.test(number.number)

/** Until 2020, mobile numbers in Mexico had a 1 before the area code from abroad, and 044 or 045 within. */
const OLD_MEXICAN_MOBILE = /^\+52(?:1|04[45])(?=[2-9]\d{9}$)/

const withoutMobilePrefix = ({ number }: PhoneNumber) => number.replace(OLD_MEXICAN_MOBILE, "+52")

const KEYS = "22233344455566677778889999"
/** The number of digits after +1. What is dialed beyond them is ignored, as in 1-800-MATTRESS. */
const NORTH_AMERICAN = /^(\D*1\D*\d(?:\D*\d){9}).*$/s

/** `1-800-FLOWERS` with the digits that have these letters on the keypad; the text itself if it isn't such a number. */
function toDigits(text: string): string {
  if (!/^[+\d\s().-]*\d[\s().-]*[a-z][a-z\d\s().-]+$/i.test(text)) return text
  const digits = text.replace(/[a-z]/gi, (letter) => KEYS.charAt(letter.toLowerCase().charCodeAt(0) - 97))
  return digits.replace(NORTH_AMERICAN, "$1")
}

/** `+14155550132` as people write it: `+1 415 555 0132`. */
export function formatPhone(e164: string): string {
  const formatted = formattedPhones.get(e164) ?? parsePhoneNumberFromString(e164)?.formatInternational() ?? e164
  if (formattedPhones.size >= PHONES_KEPT) formattedPhones.clear()
  formattedPhones.set(e164, formatted)
  return formatted
}

/** A page shows the number of one billing account in many rows. */
const formattedPhones = new Map<string, string>()
const PHONES_KEPT = 500

export const countryName = (language: string, country: Country): string =>
  new Intl.DisplayNames(language, { type: "region" }).of(country) ?? country

/** All countries with phone numbers, by their name in a language. */
export function listCountries(language: string): { code: Country; name: string }[] {
  const names = new Intl.DisplayNames(language, { type: "region" })
  const { compare } = new Intl.Collator(language)
  return getCountries()
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((first, second) => compare(first.name, second.name))
}
