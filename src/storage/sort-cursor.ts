/** Where a page begins: a row, and the value that it was sorted by when its page was read, since both can have changed. */
export type Position = { id: string; key: string | number }

const CURSOR = /^([a-z]{3})_[0-9a-z]{26}\.([\w-]*)$/

/** The cursor of a row in a list that is sorted by a value that can change. */
export const keyCursor = (id: string, key: string | number) => `${id}.${Buffer.from(String(key)).toString("base64url")}`

/** The position of a cursor; undefined if it isn't one of such a list, with texts or times as its values. */
export function parseKeyCursor(cursor: string, prefix: string, { isText }: { isText: boolean }): Position | undefined {
  const [, kind, encoded] = CURSOR.exec(cursor) ?? []
  if (kind !== prefix || encoded === undefined) return undefined
  const id = cursor.slice(0, cursor.indexOf("."))
  const key = Buffer.from(encoded, "base64url").toString()
  if (isText) return { id, key }
  return /^\d{1,15}$/.test(key) ? { id, key: Number(key) } : undefined
}
