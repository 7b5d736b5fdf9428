import { crc32, deflateSync } from "node:zlib"

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex")

/** A PNG with this header and these compressed pixels. */
export const pngOf = (header: Buffer | string, pixels: Buffer): Buffer =>
  Buffer.concat([SIGNATURE, pngChunk("IHDR", header), pngChunk("IDAT", pixels), pngChunk("IEND", "")])

/** A chunk of a PNG, with its length and checksum. A text has a byte for each character. */
export function pngChunk(name: string, data: Buffer | string): Buffer {
  const body = Buffer.concat([Buffer.from(name), typeof data === "string" ? Buffer.from(data, "latin1") : data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length - 4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

/** A black picture. */
export function blackPng(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  return pngOf(header, deflateSync(Buffer.alloc(height * (1 + 3 * width))))
}
