import { parsePhoneNumberFromString } from "libphonenumber-js/min"

// Numbers without a country code are read as US numbers, since PacketFabric's resellers are there.
const DEFAULT_COUNTRY = "US"

/** The number in E.164 (`+14155550132`), or undefined if it isn't a phone number or has an extension. */
export function toE164(text: string): string | undefined {
  const number = parsePhoneNumberFromString(text, DEFAULT_COUNTRY)
  return number?.isValid() && !number.ext ? number.number : undefined
}

/** `+14155550132` as people write it: `+1 415 555 0132`. */
export function formatPhone(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164
}
