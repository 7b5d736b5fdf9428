import type { Context, MiddlewareHandler } from "hono"
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
  await next()
  const tag = c.res.headers.get("ETag")
  if (tag === null) return
  const { status, headers } = c.res
  if (!c.res.ok) return headers.delete("ETag")
  const body = await c.res.text() // reading a clone would cost more
  const etag = `${tag.slice(0, -1)}.${await hashBody(body)}"`
  headers.set("ETag", etag)
  if (isReadRequest(c) && isNoneMatch(c, etag)) return setNotModified(c)
  c.res = undefined // otherwise Hono merges the headers
  c.res = new Response(body, { status, headers })
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
