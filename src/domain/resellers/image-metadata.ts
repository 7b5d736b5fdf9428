import type { LogoType } from "../../storage/schema.ts"

// Images carry data about people: where and when a photo was taken, who edited it, a thumbnail of what was cut off. We keep only the
// parts that a browser needs to show the picture. A color profile stays: without it, colors change.

/** The image without metadata. It must be complete, as `validateLogo` checks; throws for lengths that lead outside of it. */
export function stripMetadata(type: LogoType, bytes: Uint8Array): Uint8Array {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case "image/png":
      return stripPng(image)
    case "image/jpeg":
      return stripJpeg(image)
    case "image/webp":
      return stripWebp(image)
  }
}

/** The chunks that affect the picture. PNG (third edition), 11: all others are text, time, EXIF or private. */
const PNG_CHUNKS = "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split(
  " ",
)

function stripPng(image: Buffer): Buffer {
  const kept = [image.subarray(0, 8)]
  for (let offset = 8; offset < image.length; ) {
    const end = offset + 12 + image.readUInt32BE(offset)
    if (PNG_CHUNKS.includes(image.toString("latin1", offset + 4, offset + 8))) kept.push(slice(image, offset, end))
    offset = end
  }
  return Buffer.concat(kept)
}

const JPEG_SOS = 0xda
const JPEG_COM = 0xfe
const JPEG_JFIF = 0xe0
const JPEG_ICC = 0xe2
const JPEG_ADOBE = 0xee

/**
 * Without comments and application segments, except those that say how to decode colors: JFIF (APP0, without its thumbnail
 * extension), ICC profiles (APP2) and Adobe's transform (APP14). EXIF and XMP are APP1, IPTC is APP13.
 */
function stripJpeg(image: Buffer): Buffer {
  const kept = [image.subarray(0, 2)]
  let offset = 2
  while (offset < image.length) {
    if (image[offset] !== 0xff) throw new RangeError("a JPEG segment was expected")
    const marker = image.readUInt8(offset + 1)
    if (marker === 0xff) {
      offset += 1 // a fill byte
      continue
    }
    if (marker === 0xd9) break
    const end = offset + 2 + image.readUInt16BE(offset + 2)
    const segment = slice(image, offset, end)
    if (isJpegPicture(marker, segment)) kept.push(segment)
    offset = end
    if (marker === JPEG_SOS) {
      const scanEnd = endOfScan(image, offset)
      kept.push(image.subarray(offset, scanEnd))
      offset = scanEnd
    }
  }
  // What follows the end of the image can be anything: another picture, for example.
  return Buffer.concat([...kept, Buffer.from([0xff, 0xd9])])
}

function isJpegPicture(marker: number, segment: Buffer): boolean {
  const startsWith = (text: string) => segment.toString("latin1", 4, 4 + text.length) === text
  if (marker === JPEG_JFIF) return startsWith("JFIF\0")
  if (marker === JPEG_ICC) return startsWith("ICC_PROFILE\0")
  if (marker === JPEG_ADOBE) return startsWith("Adobe")
  return marker !== JPEG_COM && (marker < 0xe0 || marker > 0xef)
}

/** Where the compressed data ends: at a marker that is neither a stuffed zero nor a restart. */
function endOfScan(image: Buffer, start: number): number {
  for (let offset = start; offset + 1 < image.length; offset++) {
    const next = image.readUInt8(offset + 1)
    if (image[offset] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return offset
  }
  return image.length
}

const WEBP_CHUNKS = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]
/** The flags of VP8X that announce EXIF and XMP. */
const WEBP_METADATA_FLAGS = 0b0000_1100

function stripWebp(image: Buffer): Buffer {
  const kept: Buffer[] = []
  for (let offset = 12; offset + 8 <= image.length; ) {
    const name = image.toString("latin1", offset, offset + 4)
    const length = image.readUInt32LE(offset + 4)
    const end = offset + 8 + length + (length % 2) // chunks have an even length
    if (WEBP_CHUNKS.includes(name)) kept.push(Buffer.from(slice(image, offset, end)))
    offset = end
  }
  for (const chunk of kept) {
    if (chunk.toString("latin1", 0, 4) === "VP8X") chunk[8] = chunk.readUInt8(8) & ~WEBP_METADATA_FLAGS
  }
  const header = Buffer.from(image.subarray(0, 12))
  header.writeUInt32LE(4 + kept.reduce((sum, { length }) => sum + length, 0), 4)
  return Buffer.concat([header, ...kept])
}

function slice(image: Buffer, start: number, end: number): Buffer {
  if (end > image.length) throw new RangeError("a part of the image is longer than the image")
  return image.subarray(start, end)
}
