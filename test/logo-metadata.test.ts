import { env } from "cloudflare:workers"
import { deflateSync } from "node:zlib"
import { expect, it } from "vitest"
import { stripJpeg } from "../src/domain/resellers/images/strip-jpeg.ts"
import { stripPng } from "../src/domain/resellers/images/strip-png.ts"
import { stripWebp } from "../src/domain/resellers/images/strip-webp.ts"
import { signInStaff } from "./support/app.ts"
import { pngChunk, pngOf } from "./support/png.ts"
import { seededRandom } from "./support/random.ts"

const decode = (...lines: string[]) => Buffer.from(lines.join(""), "base64")

// Two colors on a canvas, as Chromium encodes them.
const PNG = decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAYAAACtBE5DAAAAKUlEQVR4AZTJMQ0AAAgDQVIVbEhCAG5RgZsydWTgk5sekUNpLwrs",
  "6D8WAAD//9xm66QAAAAGSURBVAMAk6QNdCUgG/AAAAAASUVORK5CYII=",
)
const JPEG_WITH_PROFILE = decode(
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
const WEBP_WITH_PROFILE = decode(
  "UklGRiICAABXRUJQVlA4WAoAAAAgAAAABQAAAwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABh",
  "Y3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAAB",
  "UAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAA",
  "AAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9Y",
  "WVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAM",
  "ZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADZWUDggNAAAAHABAJ0BKgYABAACwEwlqAJ0AUAAAP7t",
  "Td+THYIfDjrd31l/x63yJ/4C9ef9PW+RO0AAAAA=",
)

const cut = (image: Buffer, start: number, end: number) =>
  Buffer.concat([image.subarray(0, start), image.subarray(end)])
/** Those two without their color profiles, which Chromium adds. */
const JPEG = cut(JPEG_WITH_PROFILE, 20, 494)
const WEBP = changed(riff(cut(WEBP_WITH_PROFILE, 30, 494)), (webp) => webp.writeUInt8(0, 20))

const SECRET = "GPS 52.5200 N 13.4050 E, photographed by Priya Nair"

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

/** EXIF as a phone writes it: a make, an orientation, a place. */
function exif(orientation: number, order: "II" | "MM" = "II"): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 2 * 12 + 4)
  const write16 = (value: number, at: number) =>
    order === "II" ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at)
  const write32 = (value: number, at: number) =>
    order === "II" ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at)
  bytes.write(order, "latin1")
  write16(42, 2)
  write32(8, 4)
  write16(2, 8)
  for (const [n, [tag, type, value]] of [
    [0x010f, 2, 0x53], // make
    [0x0112, 3, orientation],
  ].entries()) {
    const entry = 10 + n * 12
    write16(tag ?? 0, entry)
    write16(type ?? 0, entry + 2)
    write32(1, entry + 4)
    write16(value ?? 0, entry + 8)
  }
  return Buffer.concat([bytes, Buffer.from(SECRET)])
}

/** What is left of it: the orientation of a picture that isn't upright. */
const EXIF_LEFT = Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex")

const insertAt = (image: Buffer, offset: number, ...parts: Buffer[]) =>
  Buffer.concat([image.subarray(0, offset), ...parts, image.subarray(offset)])

/** The length in its header, as a program writes it. */
function riff(image: Buffer): Buffer {
  image.writeUInt32LE(image.length - 8, 4)
  return image
}

const AFTER_HEADER = 33
const BEFORE_END = PNG.length - 12
const AFTER_JFIF = 20
const PHOTOSHOP_RESOURCES = jpegSegment(0xed, `Photoshop 3.0\x008BIM\x04\x04${SECRET}`)

/** Files as programs write them, and the picture that we store. */
const FILES: [program: string, file: Buffer, stored: Buffer][] = [
  [
    "Photoshop (PNG)",
    insertAt(
      PNG,
      AFTER_HEADER,
      pngChunk("iTXt", `XML:com.adobe.xmp\0\0\0\0\0${SECRET}`),
      pngChunk("tEXt", `Software\0Adobe ${SECRET}`),
    ),
    PNG,
  ],
  [
    "GIMP (PNG)",
    insertAt(
      insertAt(PNG, BEFORE_END, pngChunk("tIME", "\x07\xea\x0b\x1b\x0a\x00\x00")),
      AFTER_HEADER,
      pngChunk("pHYs", "\0\0\x0b\x13\0\0\x0b\x13\x01"),
      pngChunk("tEXt", `Comment\0${SECRET}`),
      pngChunk("zTXt", `Raw profile type exif\0\0${SECRET}`),
    ),
    insertAt(PNG, AFTER_HEADER, pngChunk("pHYs", "\0\0\x0b\x13\0\0\x0b\x13\x01")),
  ],
  [
    "ImageMagick (PNG)",
    insertAt(PNG, BEFORE_END, pngChunk("tEXt", `date:create\0${SECRET}`), pngChunk("eXIf", exif(1).toString("latin1"))),
    PNG,
  ],
  [
    "a screenshot of macOS (PNG)",
    insertAt(PNG, AFTER_HEADER, pngChunk("iDOT", "\0\0\0\x02"), pngChunk("eXIf", exif(6, "MM").toString("latin1"))),
    insertAt(PNG, AFTER_HEADER, pngChunk("eXIf", EXIF_LEFT.toString("latin1"))),
  ],
  [
    "Windows Paint (PNG), with bytes after the end",
    Buffer.concat([
      insertAt(PNG, AFTER_HEADER, pngChunk("sRGB", "\0"), pngChunk("gAMA", "\0\0\xb1\x8f")),
      Buffer.from(SECRET),
    ]),
    insertAt(PNG, AFTER_HEADER, pngChunk("sRGB", "\0"), pngChunk("gAMA", "\0\0\xb1\x8f")),
  ],
  [
    "an animation tool (PNG)",
    insertAt(PNG, AFTER_HEADER, pngChunk("acTL", "\0\0\0\x02\0\0\0\0"), pngChunk("fcTL", "\0".repeat(26))),
    PNG,
  ],
  [
    "a careless tool (PNG), with chunks of wrong lengths, twice, or with a profile",
    insertAt(
      PNG,
      AFTER_HEADER,
      pngChunk("iCCP", `${SECRET}\0\0`),
      pngChunk("pHYs", `\0\0\x0b\x13\0\0\x0b\x13\x01${SECRET}`),
      pngChunk("bKGD", "\0\0\0\0\0\0\0"),
      pngChunk("gAMA", "\0\0\xb1"),
      pngChunk("sRGB", "\0"),
      pngChunk("sRGB", "\x01"),
      pngChunk("tRNS", SECRET.repeat(6)),
    ),
    insertAt(PNG, AFTER_HEADER, pngChunk("sRGB", "\0")),
  ],
  ["Chromium (JPEG)", JPEG_WITH_PROFILE, JPEG],
  ["Chromium (WebP)", WEBP_WITH_PROFILE, WEBP],
  [
    "a careless tool (WebP), with two pictures and reserved bits",
    changed(riff(Buffer.concat([WEBP, WEBP.subarray(30)])), (webp) => webp.write("\xc3abc", 20, "latin1")),
    WEBP,
  ],
  [
    "Photoshop (JPEG)",
    insertAt(
      JPEG,
      AFTER_JFIF,
      jpegSegment(0xe1, `Exif\0\0${exif(1, "MM").toString("latin1")}`),
      PHOTOSHOP_RESOURCES,
      jpegSegment(0xe1, `http://ns.adobe.com/xap/1.0/\0${SECRET}`),
      jpegSegment(0xec, `Ducky${SECRET}`),
      jpegSegment(0xee, "Adobe\0\x64\0\0\0\0\x01"),
    ),
    insertAt(JPEG, AFTER_JFIF, jpegSegment(0xee, "Adobe\0\x64\0\0\0\0\x01")),
  ],
  [
    "an iPhone (JPEG), turned, with a second picture after the end",
    Buffer.concat([
      insertAt(
        JPEG,
        AFTER_JFIF,
        jpegSegment(0xe1, `Exif\0\0${exif(6, "MM").toString("latin1")}`),
        jpegSegment(0xe2, `MPF\0${SECRET}`),
      ),
      Buffer.from(SECRET),
      JPEG,
    ]),
    insertAt(JPEG, 2, jpegSegment(0xe1, `Exif\0\0${EXIF_LEFT.toString("latin1")}`)),
  ],
  [
    "GIMP (JPEG), with a comment, fill bytes and a thumbnail",
    Buffer.concat([
      JPEG.subarray(0, 2),
      jpegSegment(0xe0, `JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01${SECRET.slice(0, 3)}`),
      jpegSegment(0xe0, `JFXX\0${SECRET}`),
      jpegSegment(0xfe, SECRET),
      Buffer.from([0xff, 0xff]),
      JPEG.subarray(AFTER_JFIF),
      Buffer.alloc(16),
    ]),
    JPEG,
  ],
  [
    "ImageMagick (WebP)",
    (() => {
      const file = riff(
        Buffer.concat([
          WEBP,
          webpChunk("EXIF", exif(1).toString("latin1")),
          webpChunk("XMP ", SECRET),
          webpChunk("note", SECRET),
        ]),
      )
      file.writeUInt8(file.readUInt8(20) | 0b1100, 20)
      return file
    })(),
    WEBP,
  ],
  [
    "a phone (WebP), turned, with bytes after the end",
    Buffer.concat([
      riff(Buffer.concat([WEBP, webpChunk("EXIF", `Exif\0\0${exif(6).toString("latin1")}`)])),
      Buffer.from(SECRET),
    ]),
    (() => {
      const stored = riff(Buffer.concat([WEBP, webpChunk("EXIF", EXIF_LEFT.toString("latin1"))]))
      stored.writeUInt8(stored.readUInt8(20) | 0b1000, 20)
      return stored
    })(),
  ],
]

it.each(FILES)("a logo as written by %s is taken, and only the picture is stored", async (_, file, stored) => {
  const { browser } = await signInStaff()
  for (const bytes of [file, stored]) {
    expect((await browser.upload("/settings/logo", "logo", new File([bytes], "logo"))).status).toBe(303)
    const row = await env.DB.prepare("SELECT bytes FROM logos ORDER BY id DESC").first<number[]>("bytes")
    expect(Buffer.from(row ?? []).toString("hex")).toBe(stored.toString("hex"))
  }
})

it("the id of a picture that is stored on its side ends with its size as it is shown", async () => {
  const { browser } = await signInStaff()
  const sizeOf = async (orientation: number) => {
    const turned = insertAt(JPEG, AFTER_JFIF, jpegSegment(0xe1, `Exif\0\0${exif(orientation).toString("latin1")}`))
    await browser.upload("/settings/logo", "logo", new File([turned], "logo"))
    return (await env.DB.prepare("SELECT logo_id FROM resellers").first<string>("logo_id"))?.split("_").at(-1)
  }
  expect([await sizeOf(1), await sizeOf(3), await sizeOf(6), await sizeOf(8)]).toEqual(["6x4", "6x4", "4x6", "4x6"])
})

function changed(image: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(image)
  change(copy)
  return copy
}

/** A header of six by four pixels, which are 100 bytes with the filter of each row. */
const RGBA = "\0\0\0\x06\0\0\0\x04\x08\x06\0\0\0"

const ANIMATED_WEBP = riff(
  Buffer.concat([
    changed(WEBP.subarray(0, 30), (head) => head.writeUInt8(0b10, 20)),
    webpChunk("ANIM", "\0".repeat(6)),
    ...[1, 2].map(() =>
      webpChunk("ANMF", `\0\0\0\0\0\0\x05\0\0\x03\0\0\x64\0\0\0${WEBP.subarray(30).toString("latin1")}`),
    ),
  ]),
)

it.each([
  ["gray", 1, 0, 0, 4 * 2],
  ["palette", 4, 3, 0, 4 * 4],
  ["gray of 16 bits with transparency", 16, 4, 0, 4 * 25],
  ["colors", 8, 2, 0, 4 * 19],
  ["interlaced colors", 8, 2, 1, 4 + 4 + 4 + 10 + 2 * 10 + 2 * 19],
])("a PNG of %s is taken if its pixels are complete", async (_, depth, type, interlace, size) => {
  const { browser } = await signInStaff()
  const header = `\0\0\0\x06\0\0\0\x04${String.fromCharCode(depth, type)}\0\0${String.fromCharCode(interlace)}`
  const upload = async (bytes: number) => {
    const file = new File([pngOf(header, deflateSync(Buffer.alloc(bytes)))], "logo")
    return (await browser.upload("/settings/logo", "logo", file)).status
  }
  expect([await upload(size), await upload(size - 1), await upload(size + 1)]).toEqual([303, 422, 422])
})

it.each([
  ["a JPEG segment longer than the file", changed(JPEG, (jpeg) => jpeg.writeUInt16BE(0xffff, 4))],
  ["a JPEG segment without its own length", changed(JPEG, (jpeg) => jpeg.writeUInt16BE(1, 4))],
  ["a JPEG without an end", JPEG.subarray(0, -2)],
  ["a JPEG that ends before its picture", Buffer.concat([JPEG.subarray(0, 20), Buffer.from([0xff, 0xd9])])],
  ["a PNG chunk longer than the file", changed(PNG, (png) => png.writeUInt32BE(0x7fffffff, 33))],
  ["a damaged PNG chunk", changed(PNG, (png) => png.writeUInt8(png.readUInt8(45) ^ 1, 45))],
  ["a PNG without an end", PNG.subarray(0, BEFORE_END)],
  ["a PNG without a picture", Buffer.concat([PNG.subarray(0, AFTER_HEADER), PNG.subarray(BEFORE_END)])],
  ["a PNG with an unknown critical chunk", insertAt(PNG, AFTER_HEADER, pngChunk("CgBI", "\0\0\0\0"))],
  ["a PNG with data in its last chunk", Buffer.concat([PNG.subarray(0, BEFORE_END), pngChunk("IEND", SECRET)])],
  ["a PNG with two headers", insertAt(PNG, AFTER_HEADER, PNG.subarray(8, AFTER_HEADER))],
  ["a PNG with a chunk before its header", insertAt(PNG, 8, pngChunk("tEXt", `Comment\0${SECRET}`))],
  ["a PNG with a longer header", pngOf(`\0\0\0\x06\0\0\0\x04\x08\x06\0\0\0${SECRET}`, deflateSync(Buffer.alloc(100)))],
  ["a PNG with half a color", insertAt(PNG, AFTER_HEADER, pngChunk("PLTE", "\0\0\0\0"))],
  ["a PNG of no known colors", pngOf("\0\0\0\x06\0\0\0\x04\x08\x05\0\0\0", deflateSync(Buffer.alloc(100)))],
  ["a PNG with too few pixels", pngOf(RGBA, deflateSync(Buffer.alloc(99)))],
  ["a PNG with too many pixels", pngOf(RGBA, deflateSync(Buffer.alloc(101)))],
  ["a PNG with far too many pixels", pngOf(RGBA, deflateSync(Buffer.alloc(50_000_000)))],
  ["a PNG whose pixels don't end", pngOf(RGBA, deflateSync(Buffer.alloc(100)).subarray(0, -4))],
  [
    "a PNG with bytes after its pixels",
    pngOf(RGBA, Buffer.concat([deflateSync(Buffer.alloc(100)), Buffer.from(SECRET)])),
  ],
  ["a PNG whose pixels can't be read", pngOf(RGBA, Buffer.from(SECRET))],
  ["an animated WebP", ANIMATED_WEBP],
  [
    "a WebP with a picture and an animation",
    riff(Buffer.concat([WEBP, webpChunk("ANMF", "\0".repeat(16)), WEBP.subarray(30)])),
  ],
  [
    "a WebP with a longer header",
    riff(
      Buffer.concat([WEBP.subarray(0, 12), webpChunk("VP8X", `\0\0\0\0\x05\0\0\x03\0\0${SECRET}`), WEBP.subarray(30)]),
    ),
  ],
  ["a WebP with two headers", riff(insertAt(WEBP, 30, WEBP.subarray(12, 30)))],
  ["a WebP chunk longer than the file", changed(WEBP, (webp) => webp.writeUInt32LE(0x7fffffff, 34))],
  ["a WebP longer than its file", changed(WEBP, (webp) => webp.writeUInt32LE(webp.length, 4))],
  ["a WebP without a picture", riff(Buffer.from(WEBP.subarray(0, 30)))],
])("%s is refused", async (_, bytes) => {
  const { browser } = await signInStaff()
  expect((await browser.upload("/settings/logo", "logo", new File([bytes], "logo"))).status).toBe(422)
})

it("three thousand damaged files are refused or lose what surrounds the picture, and none is an error of ours", () => {
  const random = seededRandom(20_261_127)
  const strips = [stripPng, stripJpeg, stripWebp]
  for (let n = 0; n < 3_000; n++) {
    const [, file = PNG] = FILES[n % FILES.length] ?? []
    const damaged = changed(file, (copy) => copy.writeUInt8(random(256), random(copy.length)))
    for (const strip of strips) {
      try {
        expect(strip(damaged).length).toBeLessThanOrEqual(damaged.length + 40)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }
  }
})
