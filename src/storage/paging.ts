/** Rows a page of a list shows. */
export const PAGE_SIZE = 25

/** One page of a list: ask the database for `PAGE_SIZE + 1` rows, and the extra one tells that there are more. */
export type Page<T> = { rows: T[]; next: string | undefined }

/** Which page: so many rows, older than the row `before`. */
export type PageRequest = { before?: string | undefined; size: number }

export function toPage<T extends { id: string }>(fetched: T[], size = PAGE_SIZE): Page<T> {
  const rows = fetched.slice(0, size)
  return { rows, next: fetched.length > size ? rows.at(-1)?.id : undefined }
}
