import type { ParsedResponse } from "./retries.ts"

/** An `ETag`, or a result of the client, which remembers the one that it came with. */
export type Version = string | object

const etags = new WeakMap<object, string>()

export function rememberEtag({ response, body }: ParsedResponse): void {
  const etag = response.headers.get("ETag")
  if (etag && typeof body === "object" && body !== null) etags.set(body, etag)
}

/** The `ETag` of a result of the client; undefined for a copy of one, and for an item of a list. */
export const etagOf = (result: object): string | undefined => etags.get(result)

/** The `If-Match` header for a version. Throws a `TypeError` if it has no `ETag`: without one, the change would be unconditional. */
export function ifMatchHeader(version: Version): string {
  const etag = typeof version === "string" ? version : etagOf(version)
  if (!etag) throw new TypeError("ifMatch has no ETag: get the resource by its id, or pass the ETag itself")
  return etag
}
