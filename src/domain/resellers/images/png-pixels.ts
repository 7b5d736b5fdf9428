import { readChunks } from "./strip-png.ts"

/** The samples of a pixel and how many bits each may have, by color type (PNG, third edition, 11.2.1). */
const COLORS: Record<number, { samples: number; depths: number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
}
/** Which pixels a pass has: the first column and row, and the distance to the next ones. */
const WHOLE = [[0, 0, 1, 1]] as const
const INTERLACED = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
/** A byte inflates to a thousand at most, and what is inflated at once is in memory. */
const INFLATED_AT_ONCE_BYTES = 1_024

/** Throws an error unless the pixels of a PNG are as many as its header says, without a byte more. */
export async function checkPngPixels(image: Buffer): Promise<void> {
  const chunks = readChunks(image)
  const expected = pixelBytes(chunks[0]?.data ?? Buffer.alloc(0))
  const data = Buffer.concat(chunks.filter(({ name }) => name === "IDAT").map((chunk) => chunk.data))
  let size = 0
  for await (const part of slices(data).pipeThrough(new DecompressionStream("deflate"))) {
    size += part.length
    if (size > expected) break
  }
  if (size !== expected) throw new RangeError("a PNG has more or fewer pixels than its header says")
}

/** How long the pixels of a picture with this header are, each row with its filter. */
function pixelBytes(header: Buffer): number {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const depth = header.readUInt8(8)
  const color = COLORS[header.readUInt8(9)]
  const interlacing = header.readUInt8(12)
  if (!color?.depths.includes(depth) || interlacing > 1) throw new RangeError("a PNG has an unknown kind of pixels")
  const passes = (interlacing === 1 ? INTERLACED : WHOLE).map(([left, top, columns, rows]) => {
    const pixelsPerRow = Math.ceil((width - left) / columns)
    const bytesPerRow = 1 + Math.ceil((pixelsPerRow * color.samples * depth) / 8)
    return pixelsPerRow > 0 ? Math.max(0, Math.ceil((height - top) / rows)) * bytesPerRow : 0
  })
  return passes.reduce((sum, bytes) => sum + bytes, 0)
}

function slices(data: Buffer): ReadableStream<Uint8Array> {
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= data.length) return controller.close()
      controller.enqueue(data.subarray(offset, offset + INFLATED_AT_ONCE_BYTES))
      offset += INFLATED_AT_ONCE_BYTES
    },
  })
}
