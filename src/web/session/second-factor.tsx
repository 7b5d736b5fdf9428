import type { Context } from "hono"
import {
  completeWithCode,
  completeWithPasskey,
  findPendingSignIn,
  type PendingSignIn,
  secondFactorOptions,
} from "../../domain/factors/pending-sign-in.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { localPath, redirect } from "../../http/htmx.ts"
import { toHiddenFields } from "../../http/kept-form.ts"
import { browserMessages } from "../../http/language.ts"
import { deletePrivateCookie, readPrivateCookie } from "../../http/private-cookies.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { type FormEntry, keptFields } from "../../http/shown-again.ts"
import { continueAfterAllFactors } from "../../http/start-session.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Field } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form, HiddenFields, SubmitTo } from "../ui/form.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { signInPath, travelingForm } from "./return-to-form.tsx"

/** The second step of signing in: a code of the authenticator app, a recovery code or a passkey. */
export const secondFactorRoutes = new Router()

secondFactorRoutes.serve("session.secondFactor", async (c) => {
  const next = localPath(keptFields(c).next ?? c.req.query("next"))
  const pending = await currentPending(c)
  return pending ? renderPage(c, { pending, next }) : startOver(c, next)
})

secondFactorRoutes.serve("session.verifySecondFactor", async (c) => {
  const { deps } = c.var
  const { code = "", passkey = "", ...values } = await readForm(c)
  const next = localPath(values.next)
  const pending = await currentPending(c)
  if (!pending) return startOver(c, next)
  c.set("securitySubject", { userId: pending.userId })
  const isComplete = passkey
    ? await completeWithPasskey(deps, pending, passkey)
    : await completeWithCode(deps, pending, code).catch((error) => respondWithGuessLimit(c, error, { pending, next }))
  if (isComplete instanceof Response) return isComplete
  if (!isComplete) return refuse(c, { userId: pending.userId, isPasskey: passkey !== "", next })
  deletePrivateCookie(c, "second_factor")
  const nextPath = next ?? href("dashboard.show")
  return redirect(c, await continueAfterAllFactors(c, { userId: pending.userId, nextPath, method: "second_factor" }))
})

type Refused = { userId: string; isPasskey: boolean; next: string | undefined }

async function refuse(c: Context<AppEnv>, { userId, isPasskey, next }: Refused) {
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "second_factor", reason: "wrong_factor", userId })
  const { wrongCode, passkeyFailed } = browserMessages(c).secondFactor
  const pending = await currentPending(c)
  if (!pending) return startOver(c, next)
  if (isPasskey) return renderPage(c, { pending, next, errorMessage: passkeyFailed, status: 422 })
  const errors = [{ field: "code", code: "invalid" as const, detail: wrongCode }]
  return renderPage(c, { pending, next, form: { values: {}, errors }, status: 422 })
}

function respondWithGuessLimit(c: Context<AppEnv>, error: unknown, page: Pick<PageOptions, "pending" | "next">) {
  const { message, status } = rateLimit(c, error, browserMessages(c))
  return renderPage(c, { ...page, errorMessage: message, status })
}

async function currentPending(c: Context<AppEnv>): Promise<PendingSignIn | undefined> {
  const token = readPrivateCookie(c, "second_factor")
  return token ? findPendingSignIn(c.var.deps, token) : undefined
}

function startOver(c: Context<AppEnv>, next: string | undefined) {
  deletePrivateCookie(c, "second_factor")
  return redirect(c, href("session.new", {}, { ...flash("second_factor_expired"), next }))
}

type PageOptions = {
  pending: PendingSignIn
  next: string | undefined
  form?: FormState
  errorMessage?: string
  status?: 422 | 429 | 503
}

async function renderPage(c: Context<AppEnv>, { pending, next, form, errorMessage, status }: PageOptions) {
  const t = browserMessages(c)
  const { title, intro, lost, lastAttempt, usePasskey, startOver: startOverLabel } = t.secondFactor
  const { passkeys, attemptsLeft } = pending
  const options = passkeys.length > 0 ? await secondFactorOptions(c.var.deps, pending) : undefined
  const error = errorMessage ?? (attemptsLeft === 0 ? lastAttempt : undefined)
  const kept = await travelingForm(c)
  const hidden: FormEntry[] = [...(kept ? toHiddenFields(kept) : []), ...(next ? [["next", next] as FormEntry] : [])]
  c.header("Cache-Control", "no-store")
  return c.html(
    <GuestPage
      t={t}
      title={title}
      brand={c.var.deps.config.platformName}
      footer={lost}
      languageSwitch={{ fields: hidden, path: href("session.secondFactor") }}
    >
      <h1>{title}</h1>
      {error && <Flash tone="danger">{error}</Flash>}
      <p class="muted">{intro}</p>
      <Form class="stack" action={signInPath("second_factor", kept)}>
        <HiddenFields fields={hidden} />
        {options && <PasskeyButton label={usePasskey} options={options} isPrimary />}
        {attemptsLeft > 0 && <CodeField {...{ t, pending, form }} />}
        <p>
          {kept ? (
            <SubmitTo class="link" action={signInPath("start", kept)} formnovalidate>
              {startOverLabel}
            </SubmitTo>
          ) : (
            <a href={href("session.new", {}, { next })}>{startOverLabel}</a>
          )}
        </p>
      </Form>
    </GuestPage>,
    status ?? 200,
  )
}

type CodeFieldProps = { t: Messages; pending: PendingSignIn; form: FormState | undefined }

function CodeField({ t, pending: { hasAuthenticator, passkeys }, form }: CodeFieldProps) {
  const { code, codeHelp, recoveryCodeHelp, submit } = t.secondFactor
  return (
    <>
      <Field
        form={form ?? emptyForm()}
        name="code"
        label={code}
        help={hasAuthenticator ? codeHelp : recoveryCodeHelp}
        autocomplete="one-time-code"
        autofocus={passkeys.length === 0}
      />
      <button class={passkeys.length > 0 ? "button secondary full-width" : "button full-width"} type="submit">
        {submit}
      </button>
    </>
  )
}
