import { readOrientation, writeOrientation } from "./orientation.ts"

const START = Buffer.from([0xff, 0xd8])
const END = Buffer.from([0xff, 0xd9])
const MARKERS = { scan: 0xda, end: 0xd9, comment: 0xfe, jfif: 0xe0, exif: 0xe1, adobe: 0xee }
const EXIF_NAME = "Exif\0\0"
/** Marker, length, and what JFIF says before its thumbnail. */
const JFIF_BYTES = 18
const ADOBE_BYTES = 16

/**
 * The picture of a JPEG without what surrounds it. Of application segments, only those stay that say how to show it: JFIF (without its
 * thumbnail), Adobe's transform, and the orientation. Throws `RangeError` if the file isn't complete.
 */
export function stripJpeg(image: Buffer): Buffer {
  const kept: Buffer[] = []
  let exif: Buffer | undefined
  let isScanned = false
  for (let offset = START.length; ; ) {
    const marker = readMarker(image, offset)
    if (marker === 0xff) {
      offset += 1 // a fill byte
      continue
    }
    if (marker === MARKERS.end) break // programs may add anything after it: another picture, for example
    const segment = readSegment(image, offset)
    offset += segment.length
    if (marker === MARKERS.exif && startsWith(segment, EXIF_NAME)) exif ??= segment.subarray(4 + EXIF_NAME.length)
    kept.push(...pictureParts(marker, segment))
    if (marker !== MARKERS.scan) continue
    isScanned = true
    const scanEnd = endOfScan(image, offset)
    kept.push(image.subarray(offset, scanEnd))
    offset = scanEnd
  }
  if (!isScanned) throw new RangeError("a JPEG needs a picture")
  return Buffer.concat([START, ...(exif ? orientationSegments(exif) : []), ...kept, END])
}

function readMarker(image: Buffer, offset: number): number {
  if (image.readUInt8(offset) !== 0xff) throw new RangeError("a JPEG segment was expected")
  return image.readUInt8(offset + 1)
}

/** A segment with its marker and its length. Markers without a length (0x01, 0xd0 to 0xd8) don't stand between segments. */
function readSegment(image: Buffer, offset: number): Buffer {
  const marker = image.readUInt8(offset + 1)
  const length = image.readUInt16BE(offset + 2)
  if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8) || length < 2 || offset + 2 + length > image.length) {
    throw new RangeError("a JPEG segment leads outside of the image")
  }
  return image.subarray(offset, offset + 2 + length)
}

const startsWith = (segment: Buffer, name: string) => segment.toString("latin1", 4, 4 + name.length) === name

/** What stays of a segment: all of it, nothing, or the part that affects the picture. */
function pictureParts(marker: number, segment: Buffer): Buffer[] {
  if (marker === MARKERS.jfif) return startsWith(segment, "JFIF\0") ? [withoutThumbnail(segment)] : []
  if (marker === MARKERS.adobe) return startsWith(segment, "Adobe") && segment.length === ADOBE_BYTES ? [segment] : []
  const isMetadata = marker === MARKERS.comment || (marker >= 0xe0 && marker <= 0xef)
  return isMetadata ? [] : [segment]
}

function withoutThumbnail(segment: Buffer): Buffer {
  if (segment.length < JFIF_BYTES) throw new RangeError("a JFIF segment is too short")
  const head = Buffer.from(segment.subarray(0, JFIF_BYTES))
  head.writeUInt16BE(JFIF_BYTES - 2, 2)
  head.fill(0, JFIF_BYTES - 2) // its width and height
  return head
}

function orientationSegments(exif: Buffer): Buffer[] {
  const data = writeOrientation(readOrientation(exif))
  if (!data) return []
  const head = Buffer.from([0xff, MARKERS.exif, 0, 0])
  head.writeUInt16BE(2 + EXIF_NAME.length + data.length, 2)
  return [head, Buffer.from(EXIF_NAME, "latin1"), data]
}

/** Where the compressed data ends: at a marker that is neither a stuffed zero nor a restart. */
function endOfScan(image: Buffer, start: number): number {
  for (let offset = start; offset + 1 < image.length; offset++) {
    const next = image.readUInt8(offset + 1)
    if (image[offset] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return offset
  }
  throw new RangeError("a JPEG has no end")
}
