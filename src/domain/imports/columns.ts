import { fold } from "../../text/fold.ts"
import { sanitizeLine, truncate } from "../../text/sanitize.ts"
import type { FieldNameOf } from "../invites/fields.ts"
import { fieldNames } from "../invites/fields.ts"
import { METADATA_KEY_MAX, METADATA_KEYS_MAX } from "../metadata.ts"
import { ADDRESS } from "./read-table.ts"

export type ImportFieldName = FieldNameOf<"customer">

/** The fields that a row can have, in their order. */
export const IMPORT_FIELDS = fieldNames("customer") as ImportFieldName[]

/** What a column can be mapped to: a field, the last name that belongs to the contact's name, or a key of the metadata. */
export type ColumnTarget = Exclude<ImportFieldName, "metadata"> | "last_name" | MetadataTarget
type MetadataTarget = `metadata.${string}`
/** The targets that every file has. Keys of metadata differ from file to file. */
export const COLUMN_TARGETS = IMPORT_FIELDS.flatMap((name) => {
  if (name === "metadata") return []
  return name === "contact_name" ? ([name, "last_name"] as const) : [name]
})

const METADATA_PREFIX = "metadata."
export const isMetadataTarget = (name: string): name is MetadataTarget => name.startsWith(METADATA_PREFIX)

/** The key of the metadata that a column is mapped to. */
export const metadataKey = (target: MetadataTarget) => target.slice(METADATA_PREFIX.length)

/** The keys of metadata that columns can be mapped to: those that are, then headers of columns that no field has. */
export function metadataTargets(header: string[], columns: Columns): MetadataTarget[] {
  const mapped = Object.keys(columns).filter(isMetadataTarget)
  const taken = new Set(Object.values(columns))
  const free = header.flatMap((cell, index) => (taken.has(index) ? [] : toMetadataTarget(cell)))
  return [...new Set([...mapped, ...free])].slice(0, METADATA_KEYS_MAX)
}

/** The target for a header, as an export names it or without the prefix; none if it has no letters. */
function toMetadataTarget(cell: string): MetadataTarget[] {
  const name = sanitizeLine(cell)
  const key = isMetadataTarget(name) ? metadataKey(name) : name
  const cleaned = truncate(key.replace(/[:[\]]+/g, " ").trim(), METADATA_KEY_MAX).trim()
  return cleaned ? [`${METADATA_PREFIX}${cleaned}`] : []
}

/** The index of the column of each target. */
export type Columns = Partial<Record<ColumnTarget, number>>

/** What headers contain, in English and German, folded. The first that matches a header gets it, so narrow ones come first. */
const BILLING = "(billing|invoice|invoicing|rechnung\\w*|abrechnung\\w*|faktura|buchhaltung\\w*)"
const MAIL = "(e ?mail\\w*|mail\\w*)"
const PHONE = "(\\w*phone\\w*|tel|telefon\\w*|mobil\\w*|mobile|handy\\w*)"
const HEADERS: [ColumnTarget | "phone" | "name", RegExp][] = [
  [
    "external_id",
    word(
      "external ?id|externe ?id|(crm|customer|client|account|kunden?|konto|record) ?(id|no|nr|number|nummer)|kundennummer|id",
    ),
  ],
  ["billing_email", word(`${BILLING}.*${MAIL}|${MAIL}.*${BILLING}`)],
  ["billing_phone", word(`${BILLING}.*${PHONE}|${PHONE}.*${BILLING}`)],
  ["contact_email", word(MAIL)],
  ["phone", word(PHONE)],
  ["expires_in_days", word("expir\\w*|valid\\w*|lifetime|ablauf\\w*|gultig\\w*|laufzeit|frist|days|tage")],
  ["locale", word("language|locale|lang|sprache|sprach\\w*")],
  [
    "note",
    word("notes?|message|comments?|remarks?|notiz\\w*|nachricht|kommentar|bemerkung\\w*|anmerkung\\w*|hinweis\\w*"),
  ],
  ["last_name", word("last ?name|surname|family ?name|nachname|familienname|zuname")],
  [
    "contact_name",
    word(
      "first ?name|given ?name|vorname|full ?name|contact( name| person)?|ansprechpartner\\w*|ansprechperson|kontakt\\w*|person|admin\\w*",
    ),
  ],
  [
    "company_name",
    word(
      "company\\w*|firm|firma|firmen\\w*|unternehmen\\w*|organi[sz]ation\\w*|customer\\w*|client\\w*|kunden?\\w*|account\\w*|business\\w*|betrieb\\w*|mandant\\w*",
    ),
  ],
  ["name", word("name")],
]

function word(pattern: string) {
  return new RegExp(`(^| )(${pattern})( |$)`)
}

const foldHeader = (text: string) =>
  fold(sanitizeLine(text))
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()

const PHONE_NUMBER = /^\+?[\d\s()./-]{6,}$/
const SAMPLE_ROWS = 20

/** Whether the first row names the columns, and what they seem to be. `rows` are the first rows of the file. */
export function guessColumns(rows: string[][]): { hasHeader: boolean; columns: Columns } {
  const [first = [], ...rest] = rows
  const named = columnsByHeader(first)
  const hasAddress = (cells: string[]) => cells.some((cell) => ADDRESS.test(cell))
  const hasHeader = !hasAddress(first) && (Object.keys(named).length > 0 || rest.some(hasAddress))
  const seen = columnsByContent(hasHeader ? rest : rows, named, hasHeader ? [] : first)
  return { hasHeader, columns: hasHeader ? { ...seen, ...named } : seen }
}

function columnsByHeader(header: string[]): Columns {
  const columns: Columns = {}
  const found = new Map<"phone" | "name", number>()
  header.forEach((cell, index) => {
    if (isMetadataTarget(cell.trim())) {
      for (const target of toMetadataTarget(cell)) columns[target] ??= index
      return
    }
    const text = foldHeader(cell)
    const target = HEADERS.find(([, pattern]) => pattern.test(text))?.[0]
    if (target === "phone" || target === "name") {
      if (!found.has(target)) found.set(target, index)
    } else if (target && columns[target] === undefined) columns[target] = index
  })
  const [phone, name] = [found.get("phone"), found.get("name")]
  // A number without more words is the contact's, which an invite doesn't have, unless there is a billing address beside it.
  if (phone !== undefined && columns.billing_email !== undefined) columns.billing_phone ??= phone
  if (name !== undefined) {
    if (columns.contact_name === undefined && columns.company_name !== undefined) columns.contact_name = name
    else columns.company_name ??= name
  }
  if (columns.last_name !== undefined && columns.contact_name === undefined) {
    columns.contact_name = columns.last_name
    delete columns.last_name
  }
  return columns
}

/** Addresses and phone numbers show by themselves what they are. Without a header, the first texts are company and contact. */
function columnsByContent(rows: string[][], named: Columns, headless: string[]): Columns {
  const sample = rows.slice(0, SAMPLE_ROWS)
  const isNamed = new Set(headless.length > 0 ? [] : Object.values(named))
  const width = Math.max(0, ...sample.map((cells) => cells.length))
  const free = Array.from({ length: width }, (_, index) => index).filter((index) => !isNamed.has(index))
  const looksLike = (pattern: RegExp) => (index: number) => {
    const cells = sample.map((row) => (row[index] ?? "").trim()).filter((cell) => cell !== "")
    return cells.length > 0 && cells.filter((cell) => pattern.test(cell)).length * 2 > cells.length
  }
  const addresses = free.filter(looksLike(ADDRESS))
  if (headless.length === 0) {
    return named.contact_email === undefined && addresses[0] !== undefined ? { contact_email: addresses[0] } : {}
  }
  const phones = free.filter(looksLike(PHONE_NUMBER))
  const texts = free.filter((index) => !addresses.includes(index) && !phones.includes(index))
  const guess: [ColumnTarget, number | undefined][] = [
    ["company_name", texts[0]],
    ["contact_name", texts[1]],
    ["contact_email", addresses[0]],
    ["billing_email", addresses[1]],
    ["billing_phone", addresses[1] === undefined ? undefined : phones[0]],
  ]
  return Object.fromEntries(guess.filter(([, index]) => index !== undefined))
}
