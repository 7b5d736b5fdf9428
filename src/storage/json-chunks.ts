/** Below what D1 takes as one value. */
const CHUNK_CHARACTERS = 400_000

/** The values as JSON arrays for `json_each`, each of them small enough for one parameter. There is one at least, also without values. */
export function jsonChunks(values: readonly unknown[]): string[] {
  const chunks: string[] = []
  let items: string[] = []
  let length = 0
  for (const value of values) {
    const item = JSON.stringify(value)
    if (items.length > 0 && length + item.length > CHUNK_CHARACTERS) {
      chunks.push(`[${items.join(",")}]`)
      items = []
      length = 0
    }
    items.push(item)
    length += item.length + 1
  }
  return [...chunks, `[${items.join(",")}]`]
}
