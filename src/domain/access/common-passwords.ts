import { bitsOf } from "./bloom-filter.ts"

/** With the entries that the build puts in (build/common-passwords.ts), a password that isn't common seems to be one twice in a million. */
export const FILTER_BYTES = 12 * 1024

let filter: Uint8Array | undefined

/** Sets the Bloom filter, a static asset that http/load-common-passwords.ts reads. Throws `RangeError` if it isn't complete. */
export function addCommonPasswords(bytes: Uint8Array | undefined): void {
  if (bytes && bytes.length !== FILTER_BYTES) throw new RangeError(`a filter of ${bytes.length} bytes isn't complete`)
  filter = bytes
}

export const hasCommonPasswords = (): boolean => filter !== undefined

/** True if the text is on the list of common passwords, in upper or lower case, or only seems to be. Throws before the list is loaded. */
export function isCommonPassword(text: string): boolean {
  const bytes = filter
  if (!bytes) throw new Error("the common passwords aren't loaded")
  return bitsOf(text, FILTER_BYTES * 8).every((bit) => ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1)
}
