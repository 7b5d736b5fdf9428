import Papa from "papaparse"

export const IMPORT_ROWS_MAX = 5_000
export const IMPORT_BYTES_MAX = 4 * 1024 * 1024
const COLUMNS_MAX = 500
/** More than any field takes, so that a text that was cut is still too long for it. */
const CELL_MAX = 2_100

/** Why a file or a pasted text can't be imported. */
export type TableProblem =
  | { kind: "empty" }
  /** A workbook or another file that isn't text. */
  | { kind: "not_text" }
  | { kind: "too_many_rows" }
  | { kind: "too_many_columns" }
  | { kind: "no_addresses" }
  /** A cell that begins with a quote that nothing ends, or that text follows. */
  | { kind: "quotes"; position: number }

/** A row of the file with its number, counted from 1 with blank lines and the header. */
export type TableRow = { position: number; cells: string[] }

type Table = { rows: TableRow[]; problem?: undefined } | { rows?: undefined; problem: TableProblem }

/** Reads a file with cells between commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. A pasted text is read in the same way. */
export function readTable(source: Uint8Array | string): Table {
  const text = typeof source === "string" ? source : decode(source)
  if (text === undefined) return { problem: { kind: "not_text" } }
  return parse(
    text
      .replaceAll("\0", "")
      .toWellFormed()
      .replace(/^\ufeff/, "")
      .replace(/\r\n?/g, "\n"),
  )
}

const DELIMITERS = [",", ";", "\t"]
const GUESS_ROWS = 30
/** A cell that is an address and nothing else. */
export const ADDRESS = /^\s*[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+\s*$/
/** The first line of some files of Excel, which names the delimiter. */
const SEPARATOR_LINE = /^sep=([,;\t])\n/i

function parse(text: string): Table {
  const separator = SEPARATOR_LINE.exec(text)
  const [body, linesBefore] = separator ? [text.slice(separator[0].length), 1] : [text, 0]
  // Blank lines don't count as rows, but there can't be millions of them either.
  const linesMax = 4 * IMPORT_ROWS_MAX
  const { data, errors } = split(body, separator?.[1] ?? guessDelimiter(body), linesMax)
  const quotes = errors.find(({ type }) => type === "Quotes")
  if (quotes) return { problem: { kind: "quotes", position: (quotes.row ?? 0) + 1 + linesBefore } }
  const rows = data
    .map((cells, index): TableRow => ({ position: index + 1 + linesBefore, cells }))
    .filter(({ cells }) => !isBlank(cells))
  if (data.length === linesMax || rows.length > IMPORT_ROWS_MAX + 1) return { problem: { kind: "too_many_rows" } }
  if (rows.length === 0) return { problem: { kind: "empty" } }
  if (rows.some(({ cells }) => cells.length > COLUMNS_MAX)) return { problem: { kind: "too_many_columns" } }
  return { rows: rows.map(({ position, cells }) => ({ position, cells: cells.map(cutCell) })) }
}

const split = (text: string, delimiter: string, preview: number) =>
  Papa.parse<string[]>(text, { delimiter, newline: "\n", preview })

const isBlank = (cells: string[]) => cells.every((cell) => /^[\s,;]*$/.test(cell))

/** The delimiter that leaves the most addresses by themselves, then the one that gives most rows the same number of cells. */
function guessDelimiter(text: string): string {
  const guesses = DELIMITERS.map((delimiter) => {
    const rows = split(text, delimiter, GUESS_ROWS).data.filter((cells) => !isBlank(cells))
    const addresses = rows.flat().filter((cell) => ADDRESS.test(cell)).length
    const widths = [...Map.groupBy(rows, ({ length }) => length)].filter(([width]) => width > 1)
    const [width, { length: same }] = widths.toSorted(([, one], [, other]) => other.length - one.length)[0] ?? [1, []]
    return { delimiter, scores: [addresses, same, width] as const }
  })
  const [best] = guesses.toSorted(({ scores: one }, { scores: other }) => {
    const difference = other.map((score, n) => score - (one[n] ?? 0)).find((value) => value !== 0)
    return difference ?? 0
  })
  return best?.delimiter ?? ","
}

/** Keeps cells small, whatever the file has in them. */
const cutCell = (cell: string) => cell.slice(0, CELL_MAX).toWellFormed()

/** Undefined if the bytes aren't text. */
function decode(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes
  // Excel's "Unicode text" has a byte order mark, other programs leave it out.
  if ((first === 0xff && second === 0xfe) || (second === 0 && fourth === 0))
    return asText(new TextDecoder("utf-16le").decode(bytes))
  if ((first === 0xfe && second === 0xff) || (first === 0 && third === 0))
    return asText(new TextDecoder("utf-16be").decode(bytes))
  try {
    return asText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return asText(new TextDecoder("windows-1252").decode(bytes))
  }
}

/** What other files begin with: workbooks and archives (PK), older workbooks, PDF. */
const SIGNATURES = /^(PK\p{Cc}|ÐÏ\p{Cc}|%PDF-)/u
const SAMPLE = 4_096
/** A few control characters come from careless exports. */
const CONTROLS_MAX = 0.02

function asText(text: string): string | undefined {
  const sample = text.slice(0, SAMPLE)
  const controls = sample.match(/(?![\t\n\v\f\r\u0085])\p{Cc}|\ufffd/gu)?.length ?? 0
  return SIGNATURES.test(sample) || controls > sample.length * CONTROLS_MAX ? undefined : text
}
