/** The parts of a JSON schema that the comparison reads. */
export type JsonSchema = {
  $ref?: string
  allOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  default?: unknown
} & Partial<Record<"pattern" | "format", string>> &
  Partial<Record<(typeof MINIMA)[number] | (typeof MAXIMA)[number], number>>

const MINIMA = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"] as const
const MAXIMA = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"] as const

/** The named schemas of a document. */
export type Components = Record<string, JsonSchema>

/** Who writes the value: callers a request, the service a response. */
export type Direction = "request" | "response"

/** Compares schemas of one direction, before and after a change, and says what callers that follow the earlier one would notice. */
export class SchemaComparison {
  readonly #direction: Direction
  readonly #before: Components
  readonly #after: Components
  /** Pairs of named schemas that are being compared, so that recursive ones end. */
  readonly #open = new Set<string>()

  constructor(direction: Direction, before: Components, after: Components) {
    this.#direction = direction
    this.#before = before
    this.#after = after
  }

  breaks(before: JsonSchema, after: JsonSchema, at: string): string[] {
    const pair = before.$ref && after.$ref ? `${before.$ref} ${after.$ref}` : undefined
    if (pair && this.#open.has(pair)) return []
    if (pair) this.#open.add(pair)
    const found = this.#breaksOf(flatten(before, this.#before), flatten(after, this.#after), at)
    if (pair) this.#open.delete(pair)
    return found
  }

  #breaksOf(before: JsonSchema, after: JsonSchema, at: string): string[] {
    const own = this.#direction === "request" ? requestBreaks(before, after) : responseBreaks(before, after)
    return [...own.map((text) => `${at}: ${text}`), ...this.#partBreaks(before, after, at)]
  }

  #partBreaks(before: JsonSchema, after: JsonSchema, at: string): string[] {
    const fields = Object.entries(before.properties ?? {}).flatMap(([name, schema]) => {
      const changed = after.properties?.[name]
      return changed ? this.breaks(schema, changed, `${at}.${name}`) : [`${at}.${name}: removed`]
    })
    return [
      ...fields,
      ...this.#innerBreaks(before.items, after.items, `${at}[]`),
      ...this.#innerBreaks(schemaOf(before), schemaOf(after), `${at}.*`),
    ]
  }

  #innerBreaks(before: JsonSchema | undefined, after: JsonSchema | undefined, at: string): string[] {
    if (before && after) return this.breaks(before, after, at)
    const isNarrower = this.#direction === "request" ? after !== undefined && !before : before !== undefined && !after
    return isNarrower ? [`${at}: ${after ? "now has a schema" : "no longer has a schema"}`] : []
  }
}

const schemaOf = ({ additionalProperties }: JsonSchema) =>
  typeof additionalProperties === "object" ? additionalProperties : undefined

/** What callers sent before, and may not send anymore. */
function requestBreaks(before: JsonSchema, after: JsonSchema): string[] {
  const found = missing(typesOf(before), typesOf(after)).map((type) => `no longer accepts ${type}`)
  const [valuesBefore, valuesAfter] = [valuesOf(before), valuesOf(after)]
  if (valuesAfter && !valuesBefore) found.push("now accepts only certain values")
  const refused = valuesBefore?.filter((value) => valuesAfter && !valuesAfter.includes(value)) ?? []
  found.push(...refused.map((value) => `no longer accepts ${value}`))
  for (const name of ["pattern", "format"] as const) {
    if (after[name] !== undefined && after[name] !== before[name]) found.push(`${name} is now ${after[name]}`)
  }
  for (const name of MINIMA) if ((after[name] ?? 0) > (before[name] ?? 0)) found.push(`${name} is now ${after[name]}`)
  for (const name of MAXIMA) {
    if ((after[name] ?? Infinity) < (before[name] ?? Infinity)) found.push(`${name} is now ${after[name]}`)
  }
  const nowRequired = (after.required ?? []).filter((name) => !before.required?.includes(name))
  found.push(...nowRequired.map((name) => `now requires ${name}`))
  if (before.additionalProperties !== false && after.additionalProperties === false) {
    found.push("no longer accepts other fields")
  }
  if (JSON.stringify(before.default) !== JSON.stringify(after.default)) {
    found.push(`the default is now ${JSON.stringify(after.default)}`)
  }
  found.push(...missing(optionsOf(before), optionsOf(after)).map((option) => `no longer accepts ${option}`))
  return found
}

/** What callers could rely on in a response, and no longer can. Values may be added: the policy says so. */
function responseBreaks(before: JsonSchema, after: JsonSchema): string[] {
  const found = missing(typesOf(after), typesOf(before)).map((type) => `can now be ${type}`)
  const [valuesBefore, valuesAfter] = [valuesOf(before), valuesOf(after)]
  if (valuesBefore && valuesAfter && !valuesBefore.some((value) => valuesAfter.includes(value))) {
    found.push(`is now ${valuesAfter.join(" or ")}`)
  }
  for (const name of ["pattern", "format"] as const) {
    if (before[name] !== undefined && after[name] !== before[name]) found.push(`${name} is now ${after[name]}`)
  }
  const nowOptional = (before.required ?? []).filter(
    (name) => after.properties?.[name] && !after.required?.includes(name),
  )
  found.push(...nowOptional.map((name) => `can now be without ${name}`))
  found.push(...missing(optionsOf(after), optionsOf(before)).map((option) => `can now be ${option}`))
  return found
}

/** Those that the second list doesn't have. A missing list has everything. */
function missing(wanted: string[] | undefined, available: string[] | undefined): string[] {
  if (!available) return []
  if (!wanted) return ["anything else"]
  const has = (type: string) => available.includes(type) || (type === "integer" && available.includes("number"))
  return wanted.filter((type) => !has(type))
}

const typesOf = ({ type }: JsonSchema) => (type === undefined ? undefined : [type].flat())
const optionsOf = ({ anyOf, oneOf }: JsonSchema) => (anyOf ?? oneOf)?.map((option) => JSON.stringify(option))

function valuesOf({ enum: values, const: constant }: JsonSchema): string[] | undefined {
  const found = constant === undefined ? values : [constant]
  return found?.map((value) => JSON.stringify(value))
}

/** The schema without references and inheritance at its top, and with null among its types rather than as an alternative. */
function flatten(schema: JsonSchema, components: Components): JsonSchema {
  const [only, ...others] = schema.anyOf?.filter(({ type }) => type !== "null") ?? []
  if (only && others.length === 0 && schema.anyOf?.length === 2) {
    const value = flatten(only, components)
    return { ...value, type: [value.type ?? [], "null"].flat() }
  }
  if (schema.$ref) return flatten(components[schema.$ref.replace("#/components/schemas/", "")] ?? {}, components)
  const { allOf = [], ...own } = schema
  if (allOf.length === 0) return own
  const parts = [...allOf.map((part) => flatten(part, components)), own]
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  }
}
