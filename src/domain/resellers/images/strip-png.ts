import { crc32 } from "node:zlib"
import { type Orientation, readOrientation, writeOrientation } from "./orientation.ts"

const SIGNATURE_BYTES = 8
/**
 * The chunks of a still picture that affect how it looks (PNG, third edition, 11), with their least and greatest length. All others are
 * text, time, animation, a color profile or private.
 */
const KEPT: Record<string, [least: number, most: number]> = {
  IHDR: [13, 13],
  PLTE: [3, 768],
  IDAT: [0, Number.POSITIVE_INFINITY],
  IEND: [0, 0],
  tRNS: [1, 256],
  cHRM: [32, 32],
  gAMA: [4, 4],
  sBIT: [1, 4],
  sRGB: [1, 1],
  cICP: [4, 4],
  mDCV: [24, 24],
  cLLI: [8, 8],
  bKGD: [1, 6],
  pHYs: [9, 9],
}

type Chunk = { name: string; data: Buffer; bytes: Buffer }

/** The picture of a PNG without what surrounds it. Throws `RangeError` if the file isn't complete. */
export function stripPng(image: Buffer): Buffer {
  const chunks = readChunks(image)
  const exif = chunks.find(({ name }) => name === "eXIf")
  const [header, ...rest] = keptChunks(chunks).map(({ bytes }) => bytes)
  if (chunks[0]?.name !== "IHDR" || !header || !chunks.some(({ name }) => name === "IDAT")) {
    throw new RangeError("a PNG needs a header and a picture")
  }
  const turned = exif ? orientationChunks(readOrientation(exif.data)) : []
  return Buffer.concat([image.subarray(0, SIGNATURE_BYTES), header, ...turned, ...rest])
}

/** The chunks up to the end of the picture; programs may add anything after it. */
export function readChunks(image: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let offset = SIGNATURE_BYTES; offset + 12 <= image.length; ) {
    const end = offset + 12 + image.readUInt32BE(offset)
    const name = image.toString("latin1", offset + 4, offset + 8)
    if (end > image.length || !/^[A-Za-z]{4}$/.test(name))
      throw new RangeError("a PNG chunk leads outside of the image")
    chunks.push({ name, data: image.subarray(offset + 8, end - 4), bytes: image.subarray(offset, end) })
    if (name === "IEND") return chunks
    offset = end
  }
  throw new RangeError("a PNG has no end")
}

/** The chunks to keep. Throws if a critical one is unknown, repeated or of a wrong length; others like that are left out. */
function keptChunks(chunks: Chunk[]): Chunk[] {
  const names = new Set<string>()
  return chunks.filter(({ name, data, bytes }) => {
    const isKept = hasRightLength(name, data.length) && (name === "IDAT" || !names.has(name))
    names.add(name)
    if (!isKept && /^[A-Z]/.test(name)) throw new RangeError("a PNG chunk is unknown, repeated or of a wrong length")
    if (isKept && crc32(bytes.subarray(4, -4)) !== bytes.readUInt32BE(bytes.length - 4)) {
      throw new RangeError("a PNG chunk is damaged")
    }
    return isKept
  })
}

function hasRightLength(name: string, length: number): boolean {
  const [least, most] = (Object.hasOwn(KEPT, name) && KEPT[name]) || [1, 0]
  return length >= least && length <= most && (name !== "PLTE" || length % 3 === 0)
}

function orientationChunks(orientation: Orientation): Buffer[] {
  const data = writeOrientation(orientation)
  if (!data) return []
  const body = Buffer.concat([Buffer.from("eXIf", "latin1"), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(body))
  return [length, body, checksum]
}
