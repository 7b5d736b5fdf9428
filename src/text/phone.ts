import { parsePhoneNumberFromString } from "libphonenumber-js/min"

// A number typed without a country code is read as one of the country that PacketFabric's resellers call from.
const DEFAULT_COUNTRY = "US"

/** The number in E.164 (`+14155550132`), or undefined when it cannot be a phone number or names an extension. */
export function toE164(text: string): string | undefined {
  const number = parsePhoneNumberFromString(text, DEFAULT_COUNTRY)
  return number?.isValid() && !number.ext ? number.number : undefined
}

/** `+14155550132` as people write it: `+1 415 555 0132`. */
export function formatPhone(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164
}
