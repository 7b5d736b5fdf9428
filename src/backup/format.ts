import { BackupError, type Row } from "./database.ts"
import type { Table } from "./tables.ts"

// A backup is a gzip file of JSON lines: a header, chunks of rows, table by table, a footer, and the checksum of the lines before it.

const FORMAT = "vestibule backup"
const FORMAT_VERSION = 1

/** `tables` are in the order of the chunks. `bookmark`: the point of Time Travel before the first row was read; null if unknown. */
export type Header = {
  format: string
  format_version: number
  migrations: string[]
  tables: { name: string; columns: string[] }[]
  started_at: string
  bookmark: string | null
}

/** `counts`: the rows of each table. `bookmark`: the point of Time Travel after the last row was read. */
export type Footer = { counts: Record<string, number>; finished_at: string; bookmark: string | null }

/** True if nothing was written to the database while it was read; false if something was, or nobody knows. */
export const isSnapshot = (header: Header, footer: Footer): boolean =>
  header.bookmark !== null && header.bookmark === footer.bookmark

export function toHeader(details: Omit<Header, "format" | "format_version" | "tables">, tables: Table[]): Header {
  const columns = tables.map((table) => ({ name: table.name, columns: table.columns.map(({ name }) => name) }))
  return { format: FORMAT, format_version: FORMAT_VERSION, ...details, tables: columns }
}

/** The header of a file. Throws a `BackupError` if this is another kind of file, or one of a later version. */
export function parseHeader(line: string | undefined): Header {
  const header: Header | undefined = line?.startsWith(`{"format":"${FORMAT}"`) ? JSON.parse(line) : undefined
  if (!header) throw new BackupError("This file isn't a backup of Vestibule.")
  if (header.format_version === FORMAT_VERSION) return header
  throw new BackupError(
    `The backup has format ${header.format_version}, but this version reads format ${FORMAT_VERSION}.`,
  )
}

const CHUNK_START = '{"table":"'
const ROWS_START = '","rows":'

export const toChunk = (table: string, rows: string[]) => `${CHUNK_START}${table}${ROWS_START}[${rows.join()}]}`

/** The table of a line with a chunk, and its rows as JSON; undefined for other lines. */
export function parseChunk(line: string): { table: string; json: string } | undefined {
  if (!line.startsWith(CHUNK_START)) return undefined
  const end = line.indexOf(ROWS_START)
  return { table: line.slice(CHUNK_START.length, end), json: line.slice(end + ROWS_START.length, -1) }
}

export const parseRows = (json: string): Row[] => JSON.parse(json)
