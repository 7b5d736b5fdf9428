// A camera stores a picture as its sensor saw it, and in EXIF how to turn it. That is the only metadata that changes what people see.

/** How to turn a picture (EXIF 3.0, 4.6.5.1.6): 1 to 8, where 1 is as it is stored. */
export type Orientation = number

const UPRIGHT = 1
const ORIENTATION_TAG = 0x0112
const SHORT = 3
const ENTRY_BYTES = 12

/** The orientation that EXIF data (a TIFF header with its first directory) tells; upright if it tells none or can't be read. */
export function readOrientation(exif: Buffer): Orientation {
  const isLittle = exif.toString("latin1", 0, 2) === "II"
  const read16 = (at: number) => (isLittle ? exif.readUInt16LE(at) : exif.readUInt16BE(at))
  const read32 = (at: number) => (isLittle ? exif.readUInt32LE(at) : exif.readUInt32BE(at))
  const canRead = (end: number) => end <= exif.length
  if (!canRead(8)) return UPRIGHT
  const directory = read32(4)
  if (!canRead(directory + 2)) return UPRIGHT
  for (let n = 0; n < read16(directory); n++) {
    const entry = directory + 2 + n * ENTRY_BYTES
    if (!canRead(entry + ENTRY_BYTES)) return UPRIGHT
    if (read16(entry) !== ORIENTATION_TAG || read16(entry + 2) !== SHORT) continue
    const value = read16(entry + 8)
    return value >= 1 && value <= 8 ? value : UPRIGHT
  }
  return UPRIGHT
}

/** EXIF data with nothing but the orientation; undefined if the picture is upright. */
export function writeOrientation(orientation: Orientation): Buffer | undefined {
  if (orientation === UPRIGHT) return undefined
  const exif = Buffer.alloc(26)
  exif.write("MM\0*", "latin1")
  exif.writeUInt32BE(8, 4)
  exif.writeUInt16BE(1, 8)
  exif.writeUInt16BE(ORIENTATION_TAG, 10)
  exif.writeUInt16BE(SHORT, 12)
  exif.writeUInt32BE(1, 14)
  exif.writeUInt16BE(orientation, 18)
  return exif
}
