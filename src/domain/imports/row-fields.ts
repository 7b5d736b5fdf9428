import { LOCALES, type Locale, localeName, matchLocale } from "../../text/locales.ts"
import { fromText } from "../invites/field-values.ts"
import { metadataToText } from "../metadata.ts"
import {
  type Columns,
  type ColumnTarget,
  IMPORT_FIELDS,
  type ImportFieldName,
  isMetadataTarget,
  metadataKey,
} from "./columns.ts"
import type { TableRow } from "./read-table.ts"
import type { Verdict } from "./verdicts.ts"

/** What a row of an import is made from: the cells of a file, with what was fixed since, or the fields of the API. */
export type RowInput =
  | { cells: string[]; fixed?: Partial<Record<ImportFieldName, string>> }
  | { cells?: undefined; fields: Record<string, unknown> }

export type ImportParams = {
  /** Grows with every change of the draft, so that two at once don't mix. */
  revision: number
  /** The number of the file's first row. */
  firstPosition?: number
  /** That row, if it names the columns. Otherwise it is one of the rows. */
  header?: TableRow
  columns?: Columns
  /** Who mapped the columns and entered the defaults. */
  checkedBy?: string
  /** For rows without a value. */
  defaults?: Partial<Record<ImportFieldName, string>>
  /** How many rows have each verdict; undefined before the dry run. */
  verdicts?: Partial<Record<Verdict, number>>
}

/** The apostrophe that an export has before a text that begins like a formula (export-file.ts). */
const FORMULA_GUARD = /^'(?=[=+\-@\t\r])/

/** The fields of a row as text: its cells in their columns, or what was entered instead, or the defaults. */
export function rowText(
  { columns = {}, defaults = {} }: ImportParams,
  input: RowInput,
): Partial<Record<ImportFieldName, string>> {
  if (!input.cells) {
    const isGiven = (name: string): name is ImportFieldName => (IMPORT_FIELDS as string[]).includes(name)
    const given = Object.entries(input.fields).filter(([name, value]) => isGiven(name) && value !== null)
    return Object.fromEntries(
      given.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
    )
  }
  if (input.fixed) return input.fixed
  const cell = (target: ColumnTarget) => {
    const index = columns[target]
    return index === undefined ? "" : (input.cells[index] ?? "").trim().replace(FORMULA_GUARD, "").trim()
  }
  const text: Partial<Record<ImportFieldName, string>> = {}
  for (const name of IMPORT_FIELDS) text[name] = name === "metadata" ? metadataCells(columns, cell) : cell(name)
  text.contact_name = [text.contact_name, cell("last_name")].filter(Boolean).join(" ")
  if (!text.billing_phone && (!text.billing_email || text.billing_email === defaults.billing_email)) {
    text.billing_phone = defaults.billing_phone ?? ""
  }
  for (const [name, value] of Object.entries(defaults)) text[name as ImportFieldName] ||= value
  return text
}

/** The metadata of a row as a form has it: a line for each key with a value. */
function metadataCells(columns: Columns, cell: (target: ColumnTarget) => string): string {
  const entries = Object.keys(columns)
    .filter(isMetadataTarget)
    .map((target) => [metadataKey(target), cell(target).replace(/[\r\n]+/g, " ")] as const)
  return metadataToText(Object.fromEntries(entries.filter(([, value]) => value !== "")))
}

/** The fields of a row as the rules of an invite expect them. */
export function rowFields(params: ImportParams, input: RowInput): Record<string, unknown> {
  if (!input.cells) return input.fields
  const { locale, ...text } = rowText(params, input)
  return fromText({ ...text, ...(locale && { locale: parseLanguage(locale) }) })
}

let codesByName: Map<string, Locale> | undefined

/** The code of a language by its name in lowercase: in that language, in English or in German. */
function localeNamed(name: string): Locale | undefined {
  codesByName ??= new Map(
    LOCALES.flatMap((locale) => languageNames(locale).map((each) => [each.toLowerCase(), locale])),
  )
  return codesByName.get(name)
}

function languageNames(locale: Locale): string[] {
  const [short = locale] = locale.split("-")
  const names = ["en", "de"].flatMap((language) => {
    const display = new Intl.DisplayNames([language], { type: "language" })
    return [display.of(locale) ?? locale, display.of(short) ?? short]
  })
  return [localeName(locale), ...names]
}

/** A code or a name of a language as a code of ours; unchanged if it is neither. */
function parseLanguage(text: string): string {
  const name = text.trim().toLowerCase()
  return matchLocale(name.replaceAll("_", "-")) ?? localeNamed(name) ?? text
}
