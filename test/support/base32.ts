const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** The bytes of a key for authenticator apps, as the page of the setup shows it. */
export function fromBase32(key: string): Uint8Array {
  const bits = [...key.replaceAll(" ", "")].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, "0")).join("")
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}
