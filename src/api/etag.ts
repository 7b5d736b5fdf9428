import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import type { JSONValue } from "hono/utils/types"
import { sha256Hex } from "../domain/access/api-keys.ts"
import { isReadRequest } from "../http/read-request.ts"

/** Hexadecimal digits of a hash: enough to tell the bodies of one resource apart. */
const HASH_DIGITS = 16

// An ETag is `"version.hash"`. `If-Match` compares the version, which a change to the resource replaces. What a response shows also
// depends on the time and on the key's scopes, so `If-None-Match` compares the hash of the body too.

export const hashBody = async (text: string) => (await sha256Hex(text)).slice(0, HASH_DIGITS)

/**
 * A resource as JSON, with its ETag. A GET that names this ETag in `If-None-Match` gets 304. Omit `version` for a resource that no
 * call of the API changes.
 */
export async function jsonWithEtag<T extends JSONValue | object, S extends ContentfulStatusCode>(
  c: Context,
  resource: T,
  status: S,
  version: number | string = "",
) {
  const body = JSON.stringify(resource)
  const etag = `"${version}.${await hashBody(body)}"`
  c.header("ETag", etag)
  const isNotModified = isReadRequest(c) && isNoneMatch(c, etag)
  const response = isNotModified ? c.body(null, 304) : c.body(body, status, { "Content-Type": "application/json" })
  return response as Response as ReturnType<typeof c.json<T, S>>
}

/** True if `If-None-Match` names the ETag, which is compared weakly (RFC 9110, 13.1.2). */
export function isNoneMatch(c: Context, etag: string): boolean {
  const header = c.req.header("If-None-Match")?.trim()
  return header === "*" || (header?.match(/"[^"]*"/g)?.includes(etag) ?? false)
}
