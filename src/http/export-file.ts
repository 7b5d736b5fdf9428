import type { Context } from "hono"
import type { AppEnv } from "./context.ts"

export type Column<T> = { name: string; value: (row: T) => unknown }

/** A file format of exports: its media type, what its file begins with, and a line for each row. */
export type ExportFormat<T> = { type: string; header: string; toLine: (row: T) => string }

/**
 * Responds with a file of the rows of `pages`, named after `name` and today. The reader pulls it, so that a slow one holds one page in
 * memory.
 */
export function exportFile<T>(
  c: Context<AppEnv>,
  pages: AsyncGenerator<T[]>,
  { type, header, toLine }: ExportFormat<T>,
  [name, extension]: [name: string, extension: string],
): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(header)),
    async pull(controller) {
      const { done, value } = await pages.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value.map(toLine).join("")))
    },
    cancel: async () => void (await pages.return(undefined)),
  })
  const date = c.var.deps.now().toISOString().slice(0, 10)
  c.header("Content-Type", type)
  c.header("Content-Disposition", `attachment; filename="${name}-${date}.${extension}"`)
  return c.body(body)
}

/** CSV as RFC 4180 describes it, with a line of the columns' names. */
export function csvFormat<T>(columns: Column<T>[]): ExportFormat<T> {
  return {
    type: "text/csv; charset=utf-8",
    header: `${columns.map(({ name }) => name).join(",")}\r\n`,
    toLine: (row) => `${columns.map(({ value }) => toCsvField(value(row))).join(",")}\r\n`,
  }
}

/** Spreadsheets would run a text that begins like a formula. */
function toCsvField(value: unknown): string {
  if (value === null) return ""
  const text = typeof value === "object" ? JSON.stringify(value) : String(value)
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
