/** A value of a row, as JSON has it. */
export type Value = string | number | null
export type Row = Value[]

/** A D1 database, wherever it is. */
export type Database = {
  /** Runs a statement and returns its rows. Its only parameter, `?1`, is JSON. It may run twice: if its answer gets lost. */
  query: (sql: string, json?: string) => Promise<Row[]>
  /** The point of Time Travel that the database is at; null where there is no Time Travel. */
  bookmark: () => Promise<string | null>
  close: () => Promise<void>
}

/** What an operator has to know, without a stack. */
export class BackupError extends Error {
  override name = "BackupError"
}

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
