import { Column, is, noopDecoder, Param, Placeholder, sql } from "drizzle-orm"
import type { BatchItem } from "drizzle-orm/batch"
import type { RunnableQuery } from "drizzle-orm/runnable-query"
import type { PreparedQuery } from "drizzle-orm/session"
import { buildTimeless } from "./change-time.ts"
import type { Db } from "./db.ts"

export type Values = Record<string, unknown>
type Decoder = { mapFromDriverValue: (value: unknown) => unknown }

/** What a statement has instead of its values. */
export type Places<V> = { [Name in keyof V & string]-?: Placeholder<Name> }

export type Buildable = BatchItem<"sqlite"> & { prepare: () => PreparedQuery }

/** A statement with its values, for a batch. */
export type Bound<Q extends BatchItem<"sqlite">> = RunnableQuery<Q["_"]["result"], "sqlite">

/**
 * A statement that drizzle builds and compiles once for each database and `shape`; a request only binds its values. `build` runs for the
 * first request alone and gets no values, only their places. What its SQL depends on besides them has to be in `shape`. So it can't
 * keep anything of that request, as long as it is a function of its arguments: call `compiled` at the top of a module. What it selects
 * as JSON has to be a `jsonColumn`, so that `readTogether` can read it.
 */
export function compiled<V extends Values, Q extends Buildable, Shape = undefined>(
  build: (db: Db, places: Places<V>, shape: Shape) => Q,
): (db: Db, values: V, ...shape: Shape extends undefined ? [] : [Shape]) => Bound<Q>
export function compiled(build: (db: Db, places: Places<Values>, shape: unknown) => Buildable) {
  const compiledFor = oncePerShape((db, shape) => compile(db, build(db, PLACES, shape)))
  return (db: Db, values: Values, shape?: unknown) => compiledFor(db, shape)(values)
}

/** Builds something once for each database and shape. */
export function oncePerShape<T>(build: (db: Db, shape: unknown) => T): (db: Db, shape: unknown) => T {
  const once = oncePerKey<T>()
  return (db, shape) => once(db, JSON.stringify(shape) ?? "", (shared) => build(shared, shape))
}

/** Builds something once for each database and key. */
export function oncePerKey<T>(): (db: Db, key: string, build: (db: Db) => T) => T {
  const builtByDb = new WeakMap<Db, Map<string, T>>()
  return ({ $shared: db }, key, build) => {
    const known = builtByDb.get(db) ?? new Map<string, T>()
    builtByDb.set(db, known)
    const earlier = known.get(key)
    if (earlier !== undefined) return earlier
    const built = build(db)
    if (known.size >= KEYS_MAX) known.clear()
    known.set(key, built)
    return built
  }
}

/** A search has a shape for each number of words. */
const KEYS_MAX = 200

export const PLACES: Places<Values> = new Proxy(
  {},
  {
    get: (_, name) => sql.placeholder(String(name)),
    ownKeys: () => {
      throw new Error("take the places by their names: they can't be spread")
    },
  },
)

type Template = {
  id: number
  sql: string
  /** The same as an expression whose value is the rows as JSON arrays. Undefined unless it is a SELECT. */
  rowsAsJson: string | undefined
  /** True if a row has more columns than a function may have arguments. Its array then consists of arrays. */
  hasRowParts: boolean
  stmt: D1PreparedStatement
  toParams: ((values: Values) => unknown)[]
  mapResult: (result: { results: (Values | unknown[])[] }) => unknown
}

let lastId = 0

/** Compiles a statement with places for its values. */
export function compile(db: Db, query: Buildable): (values: Values) => BoundStatement {
  const prepared = buildTimeless(() => query.prepare())
  const { text, params } = inlineConstants(prepared.getQuery())
  const { fields = [] }: MappedQuery = prepared
  const template = {
    id: ++lastId,
    sql: text,
    rowsAsJson: fields.length > 0 && /^select\b/i.test(text) ? toRowsAsJson(text, fields.length) : undefined,
    hasRowParts: fields.length > ARGUMENTS_MAX,
    stmt: db.$client.prepare(text),
    toParams: params.map(toParam),
    mapResult: resultMapper(prepared),
  }
  return (values) => new BoundStatement(template, values)
}

const QUOTED_OR_PLACE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(?:\blimit\s+)?\?/gi

/**
 * Writes the values that all requests have in common into the text. A partial index serves a condition on a bound value only if it is
 * planned with that value, so SQLite would prepare the statement again for each request. It would for a bound LIMIT too, but not for
 * an expression.
 */
function inlineConstants({ sql: text, params }: { sql: string; params: unknown[] }) {
  const rest = params.values()
  const bound: unknown[] = []
  const inlined = text.replace(QUOTED_OR_PLACE, (part) => {
    if (!part.endsWith("?")) return part
    const param = rest.next().value
    const literal = toLiteral(param)
    if (literal === undefined) bound.push(param)
    const place = part === "?" ? "?" : "(? + 0)"
    return part.slice(0, -1) + (literal ?? place)
  })
  return { text: inlined, params: bound }
}

function toLiteral(value: unknown): string | undefined {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`
  if (value === null) return "NULL"
  return Number.isInteger(value) ? String(value) : undefined
}

function toParam(param: unknown): (values: Values) => unknown {
  if (is(param, Placeholder)) return (values) => values[param.name]
  if (!is(param, Param) || !is(param.value, Placeholder)) return () => param
  const { encoder, value: place } = param
  return (values) => {
    const value = values[place.name]
    return value === null ? null : encoder.mapToDriverValue(value)
  }
}

/** Arguments of a function (https://developers.cloudflare.com/d1/platform/limits/). */
const ARGUMENTS_MAX = 32

/** Each column is named once: SQLite may compute it wherever it is named. */
function toRowsAsJson(text: string, columnCount: number): string {
  const columns = Array.from({ length: columnCount }, (_, i) => `c${i}`)
  const parts = Array.from({ length: Math.ceil(columnCount / ARGUMENTS_MAX) }, (_, n) =>
    columns.slice(n * ARGUMENTS_MAX, (n + 1) * ARGUMENTS_MAX),
  ).map((part) => `json_array(${part})`)
  const row = parts.length > 1 ? `json_array(${parts})` : parts.join()
  return `(WITH selected_rows(${columns}) AS (${text}) SELECT json_group_array(${row}) FROM selected_rows)`
}

type Selected = { path: string[]; field: Column | { decoder: Decoder } | { sql: { decoder: Decoder } } }

type MappedQuery = PreparedQuery & { fields?: Selected[] }

/** Maps rows as drizzle does, but finds out once what to do with each column. */
function resultMapper(prepared: MappedQuery): Template["mapResult"] {
  const { fields } = prepared
  // Drizzle makes an object of a table null if all its columns are.
  const hasTables = fields?.some(({ path, field }) => path.length > 1 && is(field, Column))
  if (!fields || hasTables) return (result) => prepared.mapResult(result, true)
  const columns = fields.map(({ path: [name = "", inner], field }) => ({ name, inner, decode: decoderOf(field) }))
  return ({ results }) =>
    results.map((result) => {
      const row: Values = {}
      const values: unknown[] = Array.isArray(result) ? result : Object.values(result)
      columns.forEach(({ name, inner, decode }, i) => {
        const raw = values[i]
        const value = raw === null || !decode ? raw : decode(raw)
        if (inner === undefined) row[name] = value
        else row[name] = Object.assign(row[name] ?? {}, { [inner]: value })
      })
      return row
    })
}

/** Undefined if values stay as they are. */
function decoderOf(field: Selected["field"]): Decoder["mapFromDriverValue"] | undefined {
  const decoder: Decoder = is(field, Column) ? field : "decoder" in field ? field.decoder : field.sql.decoder
  const isUnchanged = decoder === noopDecoder || decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue
  if (isUnchanged) return undefined
  return (value) => decoder.mapFromDriverValue(value)
}

/** A compiled statement with its values: what drizzle's `batch` asks of a statement, and what `readTogether` does. */
export class BoundStatement {
  declare readonly _: { readonly dialect: "sqlite"; readonly result: unknown }
  readonly stmt: D1PreparedStatement
  readonly #template: Template
  readonly #values: Values

  constructor(template: Template, values: Values) {
    this.#template = template
    this.#values = values
    this.stmt = template.stmt
  }

  get template(): Pick<Template, "id" | "rowsAsJson"> {
    return this.#template
  }

  _prepare(): this {
    return this
  }

  getQuery() {
    const { sql: text, toParams } = this.#template
    return { sql: text, params: toParams.map((toValue) => toValue(this.#values)) }
  }

  mapResult(result: D1Result<Values>): unknown {
    return this.#template.mapResult(result)
  }

  /** Maps the value of `rowsAsJson`. */
  mapJson(json: string): unknown {
    const rows: unknown[][] = JSON.parse(json)
    return this.#template.mapResult({ results: this.#template.hasRowParts ? rows.map((parts) => parts.flat()) : rows })
  }
}
