import { isAPIError } from "better-auth/api"
import type { Context } from "hono"
import { endSession } from "../../domain/access/end-session.ts"
import { currentUser, homePath } from "../../http/auth.ts"
import { forwardCookies, RESELLER_SUSPENDED } from "../../http/better-auth.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { toProblem } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { noReferrer } from "../../http/security.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { clearSessionCookie, readSessionToken } from "../../http/session-cookie.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { GuestPage } from "../ui/layout.tsx"

export const signInRoutes = new Router()

signInRoutes.serve("session.new", async (c) => {
  const sessionUser = await currentUser(c)
  if (sessionUser) return redirect(c, homePath(sessionUser))
  return c.html(<SignInPage {...pageProps(c)} form={emptyForm()} next={c.req.query("next")} />)
})

signInRoutes.serve("session.create", async (c) => {
  const { email = "", password = "", next } = await readForm(c)
  const t = browserMessages(c)
  const signInError = await startSession(c, t, email.trim().toLowerCase(), password)
  if (!signInError) return redirect(c, localPath(next) ?? href("dashboard.show"))
  const { status, detail } = signInError
  const errors = [{ field: "password", code: "invalid" as const, detail }]
  return c.html(<SignInPage {...pageProps(c)} form={{ values: { email }, errors }} next={next} />, status)
})

// The redirect can lead to a registration link, whose URL is secret.
signInRoutes.serve("session.delete", noReferrer, async (c) => {
  const token = await readSessionToken(c)
  const userId = token && (await endSession(c.var.deps, token))
  if (userId) logSecurityEvent(c, { event: "signed_out", userId })
  clearSessionCookie(c)
  const { next } = await readForm(c)
  return redirect(c, localPath(next) ?? href("session.new"))
})

type SignInError = { status: 403 | 422; detail: string }

/** Starts a session, or returns why it can't. */
async function startSession(
  c: Context<AppEnv>,
  t: Messages,
  email: string,
  password: string,
): Promise<SignInError | undefined> {
  try {
    const { headers, response } = await c.var.auth.api.signInEmail({
      body: { email, password },
      headers: c.req.raw.headers,
      returnHeaders: true,
    })
    forwardCookies(c, headers)
    logSecurityEvent(c, { event: "signed_in", userId: response.user.id, method: "password" })
    return undefined
  } catch (error) {
    if (!isAPIError(error) || error.statusCode >= 500) throw error
    const isSuspended = error.body?.code === RESELLER_SUSPENDED
    logSecurityEvent(c, { event: "sign_in_failed", reason: isSuspended ? "suspended" : "wrong_credentials" })
    if (!isSuspended) return { status: 422, detail: t.signIn.wrongCredentials }
    const { detail } = toProblem({ kind: "reseller_suspended", name: error.body?.message ?? "" }, t)
    return { status: 403, detail }
  }
}

/** The path to continue to, or undefined if it could lead to another site. */
function localPath(next: string | undefined): string | undefined {
  return next && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : undefined
}

const pageProps = (c: Context<AppEnv>) => ({ t: browserMessages(c), brand: c.var.deps.config.platformName })

type SignInPageProps = { t: Messages; brand: string; form: FormState; next: string | undefined }

function SignInPage({ t, brand, form, next }: SignInPageProps) {
  return (
    <GuestPage t={t} title={t.signIn.title} brand={brand} footer={t.signIn.footer}>
      <h1>{t.signIn.title}</h1>
      <Form class="stack" action={href("session.create")}>
        {next && <input type="hidden" name="next" value={next} />}
        <Field form={form} name="email" label={t.signIn.email} type="email" autocomplete="username" required />
        <Field
          form={form}
          name="password"
          label={t.signIn.password}
          type="password"
          autocomplete="current-password"
          required
        />
        <button class="button full-width" type="submit">
          {t.signIn.submit}
        </button>
      </Form>
    </GuestPage>
  )
}
