import type { Context } from "hono"
import { changeLocale } from "../domain/identity/change-profile.ts"
import { ROUTES } from "../routes.ts"
import { LOCALES, type Locale } from "../text/locales.ts"
import { currentUser } from "./auth.ts"
import { type AppEnv, factory } from "./context.ts"
import { readFields } from "./forms.ts"
import { redirect, refererPath } from "./htmx.ts"
import { limitPosts } from "./limit-posts.ts"
import { setPrivateCookie } from "./private-cookies.ts"

// Every page for contacts and members has a switch: buttons that post the page's own form, as far as it is filled in, to the page's
// own path with the language in the query. The answer is the page in that language, with what was entered.

export const LANGUAGE_PARAM = "language"
const COOKIE_SECONDS = 365 * 86_400

type FormEntry = [name: string, value: string]
type ShownAgain = { locale: Locale; entries: FormEntry[] }

const requests = new WeakMap<Request, ShownAgain>()

/** What the visitor chose and had entered, in the request that shows their page again. */
export const shownAgain = (c: Context): ShownAgain | undefined => requests.get(c.req.raw)

/** What was entered in the form of the page before its language was switched. */
export const keptFields = (c: Context): Record<string, string> => Object.fromEntries(shownAgain(c)?.entries ?? [])

type Open = (c: Context<AppEnv>, request: Request) => Response | Promise<Response>

/** Serves the switch. `open` opens a page of ours. */
export const switchLanguage = (open: Open) =>
  factory.createMiddleware(async (c, next) => {
    const chosen = c.req.method === "POST" ? c.req.query(LANGUAGE_PARAM) : undefined
    const locale = LOCALES.find((name) => name === chosen)
    if (!locale) return next()
    await limitPosts(c, async () => {})
    const sessionUser = await currentUser(c)
    if (sessionUser) await changeLocale(c.var.deps, sessionUser.user.id, locale)
    const entries = (await readFields(c)).filter(([name]) => !SECRETS.includes(name))
    const path = pagePath(c)
    if (entries.length === 0) {
      remember(c, locale)
      return redirect(c, path)
    }
    const headers = new Headers(c.req.raw.headers)
    for (const name of ["Content-Type", "Content-Length"]) headers.delete(name)
    const request = new Request(new URL(path, c.req.url), { headers })
    requests.set(request, { locale, entries })
    c.res = await open(c, request)
    remember(c, locale)
    return undefined
  })

const remember = (c: Context<AppEnv>, locale: Locale) => setPrivateCookie(c, "language", locale, COOKIE_SECONDS)

/** Fields that are never sent back. */
const SECRETS = ["password", "current_password", "passkey", "code"]

const PAGES = ROUTES.filter(({ method, path }) => method === "GET" && !path.endsWith("*")).map(
  ({ path }) => new RegExp(`^${path.replaceAll(/\/:\w+({.*})?/g, "/[^/]+")}$`),
)

/** The page that the switch was on: the path itself, or the page whose form was posted to it. */
function pagePath(c: Context): string {
  const segments = c.req.path.split("/")
  while (segments.length > 1 && !PAGES.some((page) => page.test(segments.join("/")))) segments.pop()
  const path = segments.length > 1 ? segments.join("/") : c.req.path
  const referer = refererPath(c)
  return referer?.split("?")[0] === path ? referer : path
}
