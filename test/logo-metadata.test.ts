import { env } from "cloudflare:workers"
import { crc32 } from "node:zlib"
import { expect, it } from "vitest"
import { signInStaff } from "./support/app.ts"

const decode = (...lines: string[]) => Buffer.from(lines.join(""), "base64")

// Two colors on a canvas, as Chromium encodes them.
const PNG = decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAYAAACtBE5DAAAAKUlEQVR4AZTJMQ0AAAgDQVIVbEhCAG5RgZsydWTgk5sekUNpLwrs",
  "6D8WAAD//9xm66QAAAAGSURBVAMAk6QNdCUgG/AAAAAASUVORK5CYII=",
)
const JPEG = decode(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABh",
  "Y3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB",
  "UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAA",
  "AAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9Y",
  "WVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM",
  "ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0o",
  "OjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2Nj",
  "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAEAAYDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/",
  "xAAVEAEBAAAAAAAAAAAAAAAAAAAAAf/EABUBAQEAAAAAAAAAAAAAAAAAAAQF/8QAGREAAwADAAAAAAAAAAAAAAAAAAIEMzRx/9oA",
  "DAMBAAIRAxEAPwCRACaMrFyLXTh//9k=",
)
const WEBP = decode(
  "UklGRiICAABXRUJQVlA4WAoAAAAgAAAABQAAAwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABh",
  "Y3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB",
  "UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAA",
  "AAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9Y",
  "WVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM",
  "ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADZWUDggNAAAAHABAJ0BKgYABAACwEwlqAJ0AUAAAP7t",
  "Td+THYIfDjrd31l/x63yJ/4C9ef9PW+RO0AAAAA=",
)

const SECRET = "GPS 52.5200 N 13.4050 E, photographed by Priya Nair"

function pngChunk(name: string, text: string): Buffer {
  const body = Buffer.from(name + text, "latin1")
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length - 4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

function jpegSegment(marker: number, text: string): Buffer {
  const body = Buffer.from(text, "latin1")
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

function webpChunk(name: string, text: string): Buffer {
  const body = Buffer.from(text, "latin1")
  const head = Buffer.from(`${name}____`, "latin1")
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

/** A PNG with text, compressed text, a time and EXIF, before and after the picture. */
function pngWithMetadata(): Buffer {
  const chunks = ["tEXt", "zTXt", "iTXt", "eXIf", "prVt"].map((name) => pngChunk(name, SECRET))
  const [header, rest] = [PNG.subarray(0, 33), PNG.subarray(33)]
  const [picture, end] = [rest.subarray(0, -12), rest.subarray(-12)]
  return Buffer.concat([header, ...chunks, picture, pngChunk("tIME", SECRET), end])
}

/** A JPEG with EXIF, XMP, IPTC, a thumbnail, a comment and a second picture after its end. */
function jpegWithMetadata(): Buffer {
  const segments = [
    jpegSegment(0xe1, `Exif\0\0${SECRET}`),
    jpegSegment(0xe1, `http://ns.adobe.com/xap/1.0/\0${SECRET}`),
    jpegSegment(0xed, `Photoshop 3.0\0${SECRET}`),
    jpegSegment(0xe0, `JFXX\0${SECRET}`),
    jpegSegment(0xe2, `MPF\0${SECRET}`),
    jpegSegment(0xfe, SECRET),
  ]
  return Buffer.concat([JPEG.subarray(0, 20), ...segments, JPEG.subarray(20), Buffer.from(SECRET), JPEG])
}

/** A WebP with EXIF, XMP and an unknown chunk, which its header announces. */
function webpWithMetadata(): Buffer {
  const image = Buffer.concat([WEBP, ...["EXIF", "XMP ", "note"].map((name) => webpChunk(name, SECRET))])
  image.writeUInt32LE(image.length - 8, 4)
  image.writeUInt8(image.readUInt8(20) | 0b1100, 20)
  return image
}

it.each([
  ["PNG", PNG, pngWithMetadata()],
  ["JPEG", JPEG, jpegWithMetadata()],
  ["WebP", WEBP, webpWithMetadata()],
])("a logo that is a %s is stored without its metadata, and with the same picture", async (_, picture, upload) => {
  const { browser } = await signInStaff()
  expect(upload.includes(SECRET)).toBe(true)
  for (const bytes of [upload, picture]) {
    const file = new File([bytes], "logo")
    expect((await browser.upload("/settings/logo", "logo", file)).status).toBe(303)
    const stored = await env.DB.prepare("SELECT bytes FROM logos ORDER BY id DESC").first<number[]>("bytes")
    expect(Buffer.from(stored ?? []).equals(picture)).toBe(true)
  }
})

it("an image whose parts lead outside of it is refused", async () => {
  const { browser } = await signInStaff()
  const jpeg = Buffer.from(JPEG)
  jpeg.writeUInt16BE(0xffff, 4)
  const webp = Buffer.from(WEBP)
  webp.writeUInt32LE(0x7fffffff, 34)
  for (const bytes of [jpeg, webp]) {
    expect((await browser.upload("/settings/logo", "logo", new File([bytes], "logo"))).status).toBe(422)
  }
})
