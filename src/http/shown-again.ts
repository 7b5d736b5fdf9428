import type { Context } from "hono"
import { ROUTES } from "../routes.ts"
import type { Locale } from "../text/locales.ts"
import type { AppEnv } from "./context.ts"

// A POST can be answered with a page of ours and what was entered there: after its language was switched, and after somebody who was
// signed out while they filled in a form has signed in again. The page is opened by a request of its own, within that of the POST.

export type FormEntry = [name: string, value: string]
type ShownAgain = { locale?: Locale; entries: FormEntry[] }

const requests = new WeakMap<Request, ShownAgain>()

/** What the visitor chose and had entered, in the request that shows their page again. */
export const shownAgain = (c: Context): ShownAgain | undefined => requests.get(c.req.raw)

/** What was entered in the form of the page that is shown again. */
export const keptFields = (c: Context): Record<string, string> => Object.fromEntries(shownAgain(c)?.entries ?? [])

/** Opens a page of ours. */
export type Open = (c: Context<AppEnv>, request: Request) => Response | Promise<Response>

type Inner = { headers?: Record<string, string>; body?: URLSearchParams }

/** A request to another path, from the same browser: a form if it has a `body`. */
export function innerRequest(c: Context<AppEnv>, path: string, { headers = {}, body }: Inner = {}): Request {
  const copied = new Headers(c.req.raw.headers)
  for (const name of ["Content-Type", "Content-Length"]) copied.delete(name)
  for (const [name, value] of Object.entries(headers)) copied.set(name, value)
  const { cf } = c.req.raw
  return new Request(new URL(path, c.req.url), {
    headers: copied,
    ...(cf && { cf }),
    ...(body && { method: "POST", body }),
  })
}

/** Shows a page again. */
export function openAgain(open: Open, c: Context<AppEnv>, request: Request, shown: ShownAgain) {
  requests.set(request, shown)
  return open(c, request)
}

/** Fields that are never sent back. */
export const SECRETS = ["password", "current_password", "passkey", "code"]

const PAGES = ROUTES.filter(({ method, path }) => method === "GET" && !path.endsWith("*")).map(
  ({ path }) => new RegExp(`^${path.replaceAll(/\/:\w+({.*})?/g, "/[^/]+")}$`),
)

export const isPage = (path: string) => PAGES.some((page) => page.test(path))

/** The page of a form that is posted to this path: the path itself, or the closest one above it. */
export function pageOfForm(path: string): string {
  const segments = path.split("/")
  while (segments.length > 1 && !isPage(segments.join("/"))) segments.pop()
  return segments.length > 1 ? segments.join("/") : path
}
