import { crc32 } from "node:zlib"
import { type Orientation, readOrientation, writeOrientation } from "./orientation.ts"

const SIGNATURE_BYTES = 8
/** The chunks of a still picture that affect how it looks (PNG, third edition, 11). All others are text, time, animation or private. */
const KEPT = "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs".split(" ")

type Chunk = { name: string; data: Buffer; bytes: Buffer }

/** The picture of a PNG without what surrounds it. Throws `RangeError` if the file isn't complete. */
export function stripPng(image: Buffer): Buffer {
  const chunks = readChunks(image)
  const exif = chunks.find(({ name }) => name === "eXIf")
  const kept = chunks.filter(({ name }) => KEPT.includes(name))
  const [header, ...rest] = kept.map(({ bytes }) => bytes)
  if (kept[0]?.name !== "IHDR" || !header || !kept.some(({ name }) => name === "IDAT")) {
    throw new RangeError("a PNG needs a header and a picture")
  }
  const turned = exif ? orientationChunks(readOrientation(exif.data)) : []
  return Buffer.concat([image.subarray(0, SIGNATURE_BYTES), header, ...turned, ...rest])
}

/** The chunks up to the end of the picture; programs may add anything after it. */
function readChunks(image: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let offset = SIGNATURE_BYTES; offset + 12 <= image.length; ) {
    const end = offset + 12 + image.readUInt32BE(offset)
    const name = image.toString("latin1", offset + 4, offset + 8)
    if (end > image.length || !/^[A-Za-z]{4}$/.test(name))
      throw new RangeError("a PNG chunk leads outside of the image")
    const isCritical = /^[A-Z]/.test(name)
    const isKept = KEPT.includes(name)
    if (isCritical && !isKept) throw new RangeError("a PNG chunk is unknown")
    if (isKept && crc32(image.subarray(offset + 4, end - 4)) !== image.readUInt32BE(end - 4)) {
      throw new RangeError("a PNG chunk is damaged")
    }
    chunks.push({ name, data: image.subarray(offset + 8, end - 4), bytes: image.subarray(offset, end) })
    if (name === "IEND") return chunks
    offset = end
  }
  throw new RangeError("a PNG has no end")
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
