import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import { HTTPException } from "hono/http-exception"
import { SEARCH_MAX } from "../domain/invites/search-text.ts"
import { href } from "../routes.ts"
import { truncate } from "../text/sanitize.ts"
import { type AppEnv, factory } from "./context.ts"

// What is too long is refused before anything parses it. Single fields have limits of their own in domain/validation.ts.

const URL_MAX = 8 * 1024
const HEADERS_MAX = 32 * 1024
export const BODY_MAX_BYTES = 64 * 1024
export const FIELDS_MAX = 200

/** Forms with a file, whose routes limit them. */
const UPLOADS = [href("settings.logo.upload"), href("customers.imports.create")]

/** Pages with a search. */
const SEARCHES = (["customers.invites.list", "customers.list", "activity.list", "search.show"] as const).map((name) =>
  href(name),
)

/**
 * The same request with only so much of its search that the page sees that it is too long, and says so. Undefined if it isn't for a page
 * with a search, or the rest of its URL is too long.
 */
function withShorterSearch(request: Request): Request | undefined {
  const url = new URL(request.url)
  if (request.method !== "GET" || !SEARCHES.includes(url.pathname)) return undefined
  const search = url.searchParams.get("q")?.trim() ?? ""
  url.searchParams.set("q", truncate(search, SEARCH_MAX + 1))
  return url.href.length > URL_MAX ? undefined : new Request(url, request)
}

/** Refuses URLs and headers that are longer than any that we understand: 414 and 431. A search is cut instead. */
export const limitUrlAndHeaders = factory.createMiddleware(async (c, next) => {
  if (c.req.raw.url.length > URL_MAX) {
    const shorter = withShorterSearch(c.req.raw)
    if (!shorter) throw new HTTPException(414)
    c.req.raw = shorter
  }
  let length = 0
  for (const [name, value] of c.req.raw.headers) length += name.length + value.length
  if (length > HEADERS_MAX) throw new HTTPException(431)
  await next()
})

/** Refuses a form that isn't UTF-8, as browsers send it, so that no letter is replaced: 400. */
async function requireUtf8(c: Context): Promise<void> {
  if (!c.req.header("Content-Type")?.startsWith("application/x-www-form-urlencoded")) return
  const text = new TextDecoder().decode(await c.req.raw.clone().arrayBuffer())
  try {
    decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25")) // a lone % is fine
  } catch (cause) {
    throw new HTTPException(400, { message: "the form isn't UTF-8", cause })
  }
}

/** Refuses forms with too many fields: 413. */
const limitFields = factory.createMiddleware(async (c, next) => {
  if (c.req.raw.body) await requireUtf8(c)
  // What isn't a form is refused where it is read.
  const form = c.req.raw.body ? await c.req.formData().catch(() => undefined) : undefined
  if (form && [...form.keys()].length > FIELDS_MAX) throw new HTTPException(413)
  await next()
})

/** Refuses forms that are too large, also those that don't say how large they are: 413. */
const limitBodySize = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new HTTPException(413)
  },
})

/** Only such a form can have a file. */
const hasFile = (c: Context) => c.req.header("Content-Type")?.startsWith("multipart/form-data") === true

/** Limits a form with a file, which `limitForms` doesn't. */
export function limitUpload(maxSize: number, onError: (c: Context<AppEnv>) => Response | Promise<Response>) {
  const limitSize = bodyLimit({ maxSize, onError })
  return factory.createMiddleware(async (c, next) => {
    if (!hasFile(c)) return next()
    return limitSize(c, async () => {
      await limitFields(c, next)
    })
  })
}

/** Limits the forms of all pages but those with a file. */
export const limitForms = factory.createMiddleware(async (c, next) => {
  if (hasFile(c) && UPLOADS.includes(c.req.path)) return next()
  // The limits throw what they refuse; otherwise the response is that of `next`.
  await limitBodySize(c, async () => {
    await limitFields(c, next)
  })
})
