import { readOrientation, writeOrientation } from "./orientation.ts"

const HEADER_BYTES = 12
const IMAGE = ["VP8 ", "VP8L"]
/** The parts of a picture, and of one frame of an animation. */
const KEPT = [...IMAGE, "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]
const KEPT_IN_FRAME = [...IMAGE, "ALPH"]
/** What a frame says before its parts: its place, size and duration. */
const FRAME_HEAD_BYTES = 16
const FLAGS = { exif: 0b1000, xmp: 0b0100 }

type Chunk = { name: string; data: Buffer }

/** The picture of a WebP without what surrounds it, other than its orientation. Throws `RangeError` if the file isn't complete. */
export function stripWebp(image: Buffer): Buffer {
  const end = 8 + image.readUInt32LE(4)
  if (end > image.length) throw new RangeError("a WebP has no end") // programs may add anything after it
  const chunks = readChunks(image.subarray(HEADER_BYTES, end))
  if (
    !["VP8X", ...IMAGE].includes(chunks[0]?.name ?? "") ||
    !chunks.some(({ name }) => [...IMAGE, "ANMF"].includes(name))
  ) {
    throw new RangeError("a WebP needs a picture")
  }
  const exif = chunks.find(({ name }) => name === "EXIF")?.data
  const turned = exif && chunks[0]?.name === "VP8X" ? writeOrientation(readOrientation(withoutName(exif))) : undefined
  const kept = chunks
    .filter(({ name }) => KEPT.includes(name))
    .map((chunk) => withoutMetadata(chunk, turned !== undefined))
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

function withoutMetadata({ name, data }: Chunk, isTurned: boolean): Chunk {
  if (name === "VP8X") {
    const flags = data.readUInt8(0) & ~(FLAGS.exif | FLAGS.xmp)
    return { name, data: Buffer.concat([Buffer.from([isTurned ? flags | FLAGS.exif : flags]), data.subarray(1)]) }
  }
  if (name !== "ANMF") return { name, data }
  const parts = readChunks(data.subarray(FRAME_HEAD_BYTES)).filter((part) => KEPT_IN_FRAME.includes(part.name))
  return { name, data: Buffer.concat([data.subarray(0, FRAME_HEAD_BYTES), ...parts.map(toBytes)]) }
}

/** Some programs write EXIF as in a JPEG, with its name. */
const withoutName = (exif: Buffer) => (exif.toString("latin1", 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif)

function toBytes({ name, data }: Chunk): Buffer {
  const head = Buffer.from(`${name}____`, "latin1")
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}
