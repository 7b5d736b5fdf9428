import type { Context } from "hono"
import { type AppEnv, factory } from "../../http/context.ts"
import { ACCOUNT_PARAM } from "../../http/form-account.ts"
import { readFields } from "../../http/forms.ts"
import { refererPath } from "../../http/htmx.ts"
import { type KeptForm, toKeptForm } from "../../http/kept-form.ts"
import { innerRequest, isPage, type Open, openAgain, pageOfForm, SECRETS, shownAgain } from "../../http/shown-again.ts"
import { href, type RouteName } from "../../routes.ts"
import { fillForm } from "./fill-form.tsx"

// Somebody who was signed out while they filled in a form signs in where the form was posted to, with the step of the sign-in in the
// query. The answer is the next step, which the form travels through, or finally the form's page, with what was entered.

const STEP_PARAM = "sign_in"

const STEPS = {
  password: "session.create",
  passkey: "session.createWithPasskey",
  second_factor: "session.verifySecondFactor",
} as const satisfies Record<string, RouteName>

type Step = keyof typeof STEPS
const START = "start"

/** Where a step of the sign-in is posted to: with the form that was being filled in, if there is one. */
export function signInPath(step: Step, kept: KeptForm | undefined): string
export function signInPath(step: Step | typeof START, kept: KeptForm): string
export function signInPath(step: Step | typeof START, kept: KeptForm | undefined): string {
  if (!kept) return href(STEPS[step as Step])
  return `${kept.path}${kept.path.includes("?") ? "&" : "?"}${STEP_PARAM}=${step}`
}

/** The form that travels through this step of the sign-in. */
export const travelingForm = async (c: Context<AppEnv>) => toKeptForm(shownAgain(c)?.entries ?? (await readFields(c)))

/** The page of a form that was just posted, in the account of the form. */
export function returnPath(c: Context<AppEnv>, { path }: KeptForm): string {
  const { pathname, searchParams } = new URL(path, c.req.url)
  const referer = pathname === c.req.path ? refererPath(c) : undefined
  const isOfPage = referer !== undefined && isPage(new URL(referer, c.req.url).pathname)
  const page = new URL(isOfPage ? referer : pageOfForm(pathname), c.req.url)
  const account = searchParams.get(ACCOUNT_PARAM)
  if (account) page.searchParams.set(ACCOUNT_PARAM, account)
  page.searchParams.delete("flash")
  return page.pathname + page.search
}

/** Serves the steps of a sign-in that returns to a form. */
export const returnToForm = (open: Open) =>
  factory.createMiddleware(async (c, next) => {
    const step = c.req.method === "POST" ? c.req.query(STEP_PARAM) : undefined
    if (step !== START && !isStep(step)) return next()
    const fields = await readFields(c)
    const signIn = step === START ? undefined : await open(c, stepRequest(c, step, fields))
    const location = step === START ? href("session.new") : signIn?.headers.get("Location")
    if (!location) {
      c.res = signIn
      return undefined
    }
    const cookies = signIn?.headers.getSetCookie() ?? []
    const entries = fields.filter(([name]) => !SECRETS.includes(name))
    const page = innerRequest(c, location, { headers: { Cookie: withCookies(c, cookies) } })
    const response = await openAgain(open, c, page, { entries })
    const kept = toKeptForm(entries)
    const isSignedIn = !location.startsWith(href("session.new"))
    c.res = kept && isSignedIn && response.status === 200 ? fillForm(response, kept) : response
    for (const cookie of cookies) c.res.headers.append("Set-Cookie", cookie)
    return undefined
  })

const isStep = (step: string | undefined): step is Step => step !== undefined && Object.hasOwn(STEPS, step)

const stepRequest = (c: Context<AppEnv>, step: Step, fields: string[][]) =>
  innerRequest(c, href(STEPS[step]), { body: new URLSearchParams(fields) })

/** The cookies of the request after the browser has stored these. */
function withCookies(c: Context, setCookies: string[]): string {
  const cookies = new Map(
    [...(c.req.header("Cookie") ?? "").split("; "), ...setCookies.map((cookie) => cookie.split(";")[0] ?? "")]
      .filter(Boolean)
      .map((pair) => [pair.split("=")[0], pair]),
  )
  return [...cookies.values()].join("; ")
}
