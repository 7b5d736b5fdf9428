import { createHash } from "node:crypto"

/** Bits that each entry sets. */
const HASHES = 16

/**
 * The bits of a text in a Bloom filter of `size` bits, by double hashing of its SHA-256 (Kirsch and Mitzenmacher, 2006). Upper and
 * lower case have the same bits.
 */
export function bitsOf(text: string, size: number): number[] {
  const digest = createHash("sha256").update(text.toLowerCase()).digest()
  const [start, step] = [digest.readUInt32BE(0), digest.readUInt32BE(4)]
  return Array.from({ length: HASHES }, (_, i) => (start + i * step) % size)
}
