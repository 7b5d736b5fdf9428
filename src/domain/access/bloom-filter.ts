import { createHash } from "node:crypto"

/** Bits that each entry sets. */
const HASHES = 16

/**
 * The bits of a text in a Bloom filter of `size` bits: the sixteen words of its SHA-512. Double hashing of two words would take more
 * than five times as many other texts for entries. Upper and lower case have the same bits.
 */
export function bitsOf(text: string, size: number): number[] {
  const digest = createHash("sha512").update(text.toLowerCase()).digest()
  return Array.from({ length: HASHES }, (_, i) => digest.readUInt32BE(4 * i) % size)
}
