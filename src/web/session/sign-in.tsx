import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { authenticate } from "../../domain/access/authenticate.ts"
import { endSession } from "../../domain/access/end-session.ts"
import type { Deps } from "../../domain/deps.ts"
import { Failure, type Reason } from "../../domain/failure.ts"
import { findContactOfLink } from "../../domain/invites/link-contact.ts"
import { currentUser, homePath } from "../../http/auth.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { isHtmxRequest, localPath, redirect } from "../../http/htmx.ts"
import { type KeptForm, keepFormOfSignedOut, toHiddenFields } from "../../http/kept-form.ts"
import { browserMessages, inviteMessages } from "../../http/language.ts"
import { rateLimit, toProblem } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { noReferrer } from "../../http/security.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { clearSessionCookie, readSessionToken } from "../../http/session-cookie.ts"
import { keptFields } from "../../http/shown-again.ts"
import { continueAfterPassword } from "../../http/start-session.ts"
import { href, registrationToken } from "../../routes.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import type { Messages } from "../../text/en.ts"
import { isVisible } from "../../text/invisible.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { addressAt, parseSandboxId } from "../../text/sandbox-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { LinkFooter } from "../registration/layout.tsx"
import { Field } from "../ui/fields.tsx"
import { flashFromUrl } from "../ui/flash.tsx"
import { Form, HiddenFields } from "../ui/form.tsx"
import { FrameMark } from "../ui/frame-mark.tsx"
import { GuessLimitText } from "../ui/guess-limit.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { PasswordField } from "../ui/password-field.tsx"
import { chosenSandbox } from "./chosen-sandbox.ts"
import { returnPath, signInPath, travelingForm } from "./return-to-form.tsx"

export const signInRoutes = new Router()

signInRoutes.serve("session.new", async (c) => {
  const sessionUser = await currentUser(c)
  if (sessionUser) return redirect(c, homePath(sessionUser))
  const { email, next = c.req.query("next") } = keptFields(c)
  return renderSignIn(c, { form: emptyForm(email === undefined ? {} : { email }), next })
})

signInRoutes.serve("session.create", async (c) => {
  const { email = "", password = "", next } = await readForm(c)
  const t = browserMessages(c)
  const missing = !isVisible(email) ? "email" : password ? undefined : "password"
  if (missing)
    return showProblem(c, { field: missing, detail: t.fieldErrors.required[missing], email, next, status: 422 })
  const sandbox = await chosenSandbox(c)
  const address = addressAt(sandbox ?? "", normalizeAddress(email))
  c.set("securitySubject", { email: address })
  try {
    const user = await authenticate(c.var.deps, address, password)
    if (!user) return refuseSignIn(c, { reason: "wrong_password", detail: t.signIn.wrongCredentials, email, next })
    const nextPath = localPath(next) ?? href("dashboard.show")
    return redirect(c, await continueAfterPassword(c, { user, nextPath, method: "password" }))
  } catch (error) {
    if (error instanceof Failure && error.reason.kind === "reseller_suspended") {
      return refuseSuspended(c, error.reason, { email, next })
    }
    const limit = rateLimit(c, error, t)
    const errorMessage = <GuessLimitText {...{ t, limit, sandbox }} next={localPath(next)} />
    return renderSignIn(c, { form: emptyForm({ email }), next, errorMessage, status: limit.status })
  }
})

type Refused = {
  reason: "wrong_password" | "wrong_factor" | "suspended"
  detail: string
  email?: string
  next: string | undefined
  status?: 403 | 422
}

/** Logs a failed sign-in and shows the form again, with the reason. */
export function refuseSignIn(c: Context<AppEnv>, { reason, detail, email = "", next, status = 422 }: Refused) {
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "sign_in", reason })
  return showProblem(c, { field: "password", detail, email, next, status })
}

type Problem = {
  field: "email" | "password"
  detail: string
  email: string
  next: string | undefined
  status: 403 | 422
}

function showProblem(c: Context<AppEnv>, { field, detail, email, next, status }: Problem) {
  const errors = [{ field, code: "invalid" as const, detail }]
  return renderSignIn(c, { form: { values: { email }, errors }, next, status })
}

export function refuseSuspended(c: Context<AppEnv>, reason: Reason, form: Pick<Refused, "email" | "next">) {
  const { detail } = toProblem(reason, browserMessages(c))
  return refuseSignIn(c, { ...form, reason: "suspended", detail, status: 403 })
}

// The redirect can lead to a registration link, whose URL is secret.
signInRoutes.serve("session.delete", noReferrer, async (c) => {
  const token = await readSessionToken(c)
  const userId = token && (await endSession(c.var.deps, token))
  if (userId) logSecurityEvent(c, { event: "signed_out", userId })
  clearSessionCookie(c)
  const { next, sandbox } = await readForm(c)
  return redirect(c, localPath(next) ?? href("session.new", {}, { sandbox: parseSandboxId(sandbox) }))
})

/**
 * Answers the form of somebody who was signed out: asks them to sign in and keeps what was entered. htmx can't show a whole page, so
 * that public/app/failures.js sends the form without it, or says that they were signed out. In a frame, nobody can sign in.
 */
export async function signInBeforeForm(c: Context<AppEnv>) {
  if (isHtmxRequest(c)) return c.body(null, 204, { "HX-Trigger": "signed-out" })
  if (c.req.header("Sec-Fetch-Dest") === "iframe") {
    return c.html(
      <p>
        {browserMessages(c).signIn.signedOut}
        <FrameMark />
      </p>,
      403,
      {
        "X-Frame-Options": "SAMEORIGIN",
        "Content-Security-Policy": "default-src 'none'; sandbox",
      },
    )
  }
  const kept = await keepFormOfSignedOut(c)
  return renderSignIn(c, { form: emptyForm(), next: kept && returnPath(c, kept), kept, status: 403 })
}

type SignInOptions = {
  form: FormState
  next: string | undefined
  /** The form that the person was filling in, unless it travels in the request. */
  kept?: KeptForm | undefined
  errorMessage?: Child
  status?: 403 | 422 | 429 | 503
}

/** The page for the password, or for a passkey that the browser offers. */
async function renderSignIn(c: Context<AppEnv>, { form, next, errorMessage, status, ...options }: SignInOptions) {
  const { deps } = c.var
  const link = await openLinkToReturnTo(deps, next)
  const t = link ? inviteMessages(c, link.invite) : browserMessages(c)
  const kept = options.kept ?? (await travelingForm(c))
  const sandbox = await chosenSandbox(c)
  const flash = errorMessage ? <Flash tone="danger">{errorMessage}</Flash> : flashFromUrl(c, { t })
  const email = form.values.email ?? (link ? readableAddress(link.invite.contactEmail) : "")
  const { platformName } = deps.config
  return c.html(
    <GuestPage
      t={t}
      title={t.signIn.title}
      brand={link?.reseller ?? platformName}
      footer={link ? <LinkFooter {...{ t, platformName }} reseller={link.reseller} /> : t.signIn.footer}
      languageSwitch={{ formId: "sign-in", ...(kept && { path: href("session.new") }) }}
    >
      <h1>{t.signIn.title}</h1>
      {sandbox && <p class="notice warning">{t.sandbox.signIn}</p>}
      {kept && <p>{joinSentences(t, t.signIn.signedOut, t.signIn.kept)}</p>}
      {flash}
      <SignInForm {...{ t, next, kept, sandbox }} form={{ ...form, values: { email } }} />
    </GuestPage>,
    status ?? 200,
  )
}

/** The invite of a registration link that the person returns to, so that they needn't enter its address. */
async function openLinkToReturnTo(deps: Deps, next: string | undefined) {
  const token = registrationToken(next ?? "")
  return token ? findContactOfLink(deps, token) : undefined
}

type SignInFormProps = {
  t: Messages
  form: FormState
  next: string | undefined
  kept: KeptForm | undefined
  sandbox: string | undefined
}

function SignInForm({ t, form, next, kept, sandbox }: SignInFormProps) {
  const isUntouched = form.errors.length === 0
  return (
    <Form
      class="stack"
      id="sign-in"
      action={signInPath("password", kept)}
      novalidate
      data-focus={form.values.email ? "password" : ""}
    >
      {kept && <HiddenFields fields={toHiddenFields(kept)} />}
      {localPath(next) && <input type="hidden" name="next" value={next} />}
      {sandbox && <input type="hidden" name="sandbox" value={sandbox} />}
      <Field
        form={form}
        name="email"
        label={t.signIn.email}
        type="email"
        autocomplete="username webauthn"
        required
        autofocus={isUntouched && !form.values.email}
      />
      <PasswordField
        {...{ form, t }}
        label={t.signIn.password}
        autocomplete="current-password"
        autofocus={isUntouched && Boolean(form.values.email)}
      />
      <button class="button full-width" type="submit">
        {t.signIn.submit}
      </button>
      <PasskeyButton
        label={t.secondFactor.usePasskey}
        source={href("session.passkeyOptions")}
        action={signInPath("passkey", kept)}
        inAutofill
      />
      <p>
        <a href={href("passwordReset.new", {}, { next: localPath(next), sandbox })}>{t.signIn.forgotPassword}</a>
      </p>
    </Form>
  )
}
