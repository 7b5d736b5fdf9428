import type { Context, MiddlewareHandler } from "hono"
import { FIELDS_MAX } from "../http/limits.ts"
import { ApiError } from "./problem-details.ts"

/**
 * Refuses JSON that programs read differently (RFC 7493): bytes that aren't UTF-8, and repeated names. Also refuses so many
 * values that listing what is wrong with them would take long. The validator reports what isn't JSON.
 */
export function checkJson(max = FIELDS_MAX): MiddlewareHandler {
  return async (c, next) => {
    const text = await readUtf8(c)
    const json = parseJson(text)
    if (json !== undefined) {
      const values = listValues(json, max)
      if (!values) throw new ApiError("body_too_large", `The body must not have more than ${max} values.`)
      checkNames(text, values)
    }
    await next()
  }
}

/** The body as text. `c.req.json()` reuses it, instead of decoding the bytes again. */
async function readUtf8(c: Context): Promise<string> {
  const text = decodeUtf8(await c.req.arrayBuffer())
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) }) // its type lacks the promise
  return text
}

function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new ApiError("malformed_json", "The body isn't encoded in UTF-8.")
  }
}

/** Undefined for what isn't JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The value and all values in it, at any depth; undefined if those are more than `max`. */
function listValues(json: unknown, max: number): unknown[] | undefined {
  const found = [json]
  for (let index = 0; index < found.length; index++) {
    const value = found[index]
    if (isObject(value)) for (const inner of Object.values(value)) found.push(inner)
    if (found.length > max + 1) return undefined
  }
  return found
}

function checkNames(text: string, values: unknown[]): void {
  const names = values.flatMap((value) => (isObject(value) && !Array.isArray(value) ? Object.keys(value) : []))
  if (countMembers(text) > names.length) throw new ApiError("malformed_json", "An object has the same name twice.")
}

/** How many members the objects of a JSON text have: each has a colon outside strings. */
function countMembers(text: string): number {
  let [count, isString] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') isString = !isString
    else if (!isString && character === ":") count += 1
    else if (character === "\\") at += 1
  }
  return count
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
