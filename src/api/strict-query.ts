import type { MiddlewareHandler } from "hono"
import * as z from "zod"
import type { FieldError } from "../domain/failure.ts"
import type { AppEnv } from "../http/context.ts"
import { FIELDS_MAX } from "../http/limits.ts"
import { throwFieldErrors } from "./problem-details.ts"
import { issueErrors } from "./schemas.ts"

/**
 * Validates the query, and refuses parameters that the operation doesn't have or that are repeated: a caller who mistypes a filter must
 * not act on another list. A parameter whose schema is an array can be repeated; one whose schema is a record is sent as
 * `name[key]=value`.
 */
export function strictQuery(schema: z.ZodObject = z.object({})): MiddlewareHandler<AppEnv> {
  const kinds = new Map(Object.entries(schema.shape).map(([name, rule]) => [name, kindOf(rule)]))
  return async (c, next) => {
    const { input, errors } = collect(new URLSearchParams(queryOf(c.req.url)), kinds)
    const refused = new Set(errors.map(({ field }) => field))
    const { success, data, error } = schema.safeParse(input)
    const invalid = success ? [] : issueErrors(error.issues, input).filter(({ field }) => !refused.has(field))
    if (data === undefined || errors.length > 0) throwFieldErrors([...errors, ...invalid].slice(0, FIELDS_MAX))
    c.req.addValidatedData("query", data)
    await next()
  }
}

type Kind = "single" | "array" | "record"

function kindOf(schema: z.core.$ZodType): Kind {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return kindOf(schema.def.innerType)
  if (schema instanceof z.ZodPipe) return kindOf(schema.def.in)
  if (schema instanceof z.ZodArray) return "array"
  return schema instanceof z.ZodRecord ? "record" : "single"
}

const queryOf = (url: string) => (url.includes("?") ? url.slice(url.indexOf("?") + 1) : "")

/** The parameters as the schema expects them, and what is wrong with their names. */
function collect(query: URLSearchParams, kinds: Map<string, Kind>) {
  const values = new Map<string, unknown>()
  const errors: FieldError[] = []
  for (const name of new Set(query.keys())) {
    const sent = query.getAll(name)
    const [, owner = name, key] = /^(\w+)\[([^[\]]+)\]$/.exec(name) ?? []
    const kind = kinds.get(owner)
    if (kind === "record" && key === undefined) {
      const detail = `Send this query parameter as ${name}[key]=value.`
      errors.push({ field: name, code: "invalid", detail })
    } else if (!kind || (kind !== "record" && key !== undefined) || key === "__proto__") {
      errors.push({ field: name, code: "unknown_field", detail: "This query parameter doesn't exist." })
    } else if (kind === "array") values.set(name, sent)
    else if (sent.length > 1) errors.push({ field: name, code: "repeated", detail: "Send this query parameter once." })
    else if (key === undefined) values.set(name, sent[0])
    else values.set(owner, { ...Object(values.get(owner)), [key]: sent[0] })
  }
  return { input: Object.fromEntries(values), errors }
}
