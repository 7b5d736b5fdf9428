import { COMMON_PASSWORD_FILTER } from "../../../.generated/common-passwords.ts"
import { bitsOf } from "./bloom-filter.ts"

const filter = Buffer.from(COMMON_PASSWORD_FILTER, "base64")

/**
 * True if the text is on the list of common passwords, in upper or lower case, or, twice in a million, only seems to be
 * (src/build/common-passwords.ts).
 */
export function isCommonPassword(text: string): boolean {
  return bitsOf(text, filter.length * 8).every((bit) => ((filter[bit >> 3] ?? 0) >> (bit & 7)) & 1)
}
