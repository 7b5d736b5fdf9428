import type { Context } from "hono"
import { changeLocale } from "../domain/identity/change-profile.ts"
import { LOCALES, type Locale } from "../text/locales.ts"
import { currentUser } from "./auth.ts"
import { type AppEnv, factory } from "./context.ts"
import { readFields } from "./forms.ts"
import { redirect, refererPath } from "./htmx.ts"
import { limitPosts } from "./limit-posts.ts"
import { setPrivateCookie } from "./private-cookies.ts"
import { innerRequest, type Open, openAgain, pageOfForm, SECRETS } from "./shown-again.ts"

// Every page for contacts and members has a switch: buttons that post the page's own form, as far as it is filled in, to the page's
// own path with the language in the query. The answer is the page in that language, with what was entered.

export const LANGUAGE_PARAM = "language"
const COOKIE_SECONDS = 365 * 86_400

/** Serves the switch. */
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
    c.res = await openAgain(open, c, innerRequest(c, path), { locale, entries })
    remember(c, locale)
    return undefined
  })

const remember = (c: Context<AppEnv>, locale: Locale) => setPrivateCookie(c, "language", locale, COOKIE_SECONDS)

/** The page that the switch was on: the path itself, or the page whose form was posted to it. */
function pagePath(c: Context): string {
  const path = pageOfForm(c.req.path)
  const referer = refererPath(c)
  return referer?.split("?")[0] === path ? referer : path
}
