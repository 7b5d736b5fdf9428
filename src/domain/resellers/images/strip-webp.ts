import { readOrientation, writeOrientation } from "./orientation.ts"

const HEADER_BYTES = 12
const IMAGE = ["VP8 ", "VP8L"]
const KEPT = [...IMAGE, "VP8X", "ALPH"]
const ANIMATION = ["ANIM", "ANMF"]
/** Flags, three reserved bytes, and the size of the canvas. */
const EXTENDED_HEADER_BYTES = 10
const FLAGS = { alpha: 0b1_0000, exif: 0b1000 }

type Chunk = { name: string; data: Buffer }

/**
 * The picture of a WebP without what surrounds it, other than its orientation. Throws `RangeError` if the file isn't complete, or is
 * animated.
 */
export function stripWebp(image: Buffer): Buffer {
  const end = 8 + image.readUInt32LE(4)
  if (end > image.length) throw new RangeError("a WebP has no end") // programs may add anything after it
  const chunks = readChunks(image.subarray(HEADER_BYTES, end))
  const isExtended = chunks[0]?.name === "VP8X"
  const picture = chunks.find(({ name }) => IMAGE.includes(name))
  if (!picture || !(isExtended || chunks[0] === picture)) throw new RangeError("a WebP needs a picture")
  if (chunks.some(({ name }) => ANIMATION.includes(name))) throw new RangeError("a WebP is animated")
  if (chunks.some(({ name }, n) => name === "VP8X" && n > 0)) throw new RangeError("a WebP has two headers")
  const exif = chunks.find(({ name }) => name === "EXIF")?.data
  const turned = exif && isExtended ? writeOrientation(readOrientation(withoutName(exif))) : undefined
  const kept = chunks
    .filter((chunk, n) => KEPT.includes(chunk.name) && chunks.findIndex(({ name }) => name === chunk.name) === n)
    .filter((chunk) => chunk === picture || !IMAGE.includes(chunk.name))
    .map((chunk) => (chunk.name === "VP8X" ? extendedHeader(chunk, turned !== undefined) : chunk))
  const body = Buffer.concat([...kept, ...(turned ? [{ name: "EXIF", data: turned }] : [])].map(toBytes))
  const header = Buffer.from(image.subarray(0, HEADER_BYTES))
  header.writeUInt32LE(4 + body.length, 4)
  return Buffer.concat([header, body])
}

/** Chunks of name, length and data, padded to an even length. Some programs leave out the padding at the end. */
function readChunks(body: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let offset = 0; offset < body.length; ) {
    if (offset + 8 > body.length) throw new RangeError("a WebP chunk was expected")
    const length = body.readUInt32LE(offset + 4)
    const end = offset + 8 + length
    if (end > body.length) throw new RangeError("a WebP chunk leads outside of the image")
    chunks.push({ name: body.toString("latin1", offset, offset + 4), data: body.subarray(offset + 8, end) })
    offset = end + (length % 2)
  }
  return chunks
}

function extendedHeader({ name, data }: Chunk, isTurned: boolean): Chunk {
  if (data.length !== EXTENDED_HEADER_BYTES) throw new RangeError("a WebP header has a wrong length")
  const flags = (data.readUInt8(0) & FLAGS.alpha) | (isTurned ? FLAGS.exif : 0)
  return { name, data: Buffer.concat([Buffer.from([flags, 0, 0, 0]), data.subarray(4)]) }
}

/** Some programs write EXIF as in a JPEG, with its name. */
const withoutName = (exif: Buffer) => (exif.toString("latin1", 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif)

function toBytes({ name, data }: Chunk): Buffer {
  const head = Buffer.from(`${name}____`, "latin1")
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}
