import type { Context, MiddlewareHandler } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { sha256Hex } from "../domain/access/api-keys.ts"
import { isReadRequest } from "../http/read-request.ts"

/** Hexadecimal digits of a hash: enough to tell the bodies of one resource apart. */
const HASH_DIGITS = 16

// An ETag is `"version.hash"`. `If-Match` compares the version, which a change to the resource replaces. What a response shows also
// depends on the time and on the key's scopes, so `If-None-Match` compares the hash of the body too.

export const hashBody = async (text: string) => (await sha256Hex(text)).slice(0, HASH_DIGITS)

/**
 * Adds the hash of the body to the ETag that a handler has set. A GET that names this ETag in `If-None-Match` gets 304. An error has no
 * ETag, even if the handler set one before it failed.
 */
export const completeEtag: MiddlewareHandler = async (c, next) => {
  const textOf = rememberJson(c)
  await next()
  const { status, headers } = c.res
  const tag = headers.get("ETag")
  if (tag === null) return
  if (!c.res.ok) return headers.delete("ETag")
  const known = textOf(c.res)
  const body = known ?? (await c.res.text()) // reading a clone would cost more
  const etag = `${tag.slice(0, -1)}.${await hashBody(body)}"`
  headers.set("ETag", etag)
  if (isReadRequest(c) && isNoneMatch(c, etag)) return setNotModified(c)
  if (known !== undefined) return
  c.res = undefined // otherwise Hono merges the headers
  c.res = new Response(body, { status, headers })
}

/** Lets `c.json` remember the text of its response. To read that back and to make a new response would cost a tenth of a GET. */
function rememberJson(c: Context): (response: Response) => string | undefined {
  let last: { response: Response; text: string } | undefined
  const { body } = c
  const json = (value: unknown, status?: ContentfulStatusCode, headers?: Record<string, string>) => {
    const text = JSON.stringify(value)
    const response = body(text, status, { "Content-Type": "application/json", ...headers })
    last = { response, text }
    return response
  }
  Object.assign(c, { json })
  return (response) => (last?.response === response ? last.text : undefined)
}

/** True if `If-None-Match` names the ETag, which is compared weakly (RFC 9110, 13.1.2). */
export function isNoneMatch(c: Context, etag: string): boolean {
  const header = c.req.header("If-None-Match")?.trim()
  return header === "*" || (header?.match(/"[^"]*"/g)?.includes(etag) ?? false)
}

/** Replaces the response by 304, with its headers except those of the body. */
function setNotModified(c: Context): void {
  const headers = new Headers(c.res.headers)
  headers.delete("Content-Type")
  c.res = undefined // otherwise Hono merges the headers
  c.res = new Response(null, { status: 304, headers })
}
