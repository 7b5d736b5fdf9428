import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { confirmationMethods, confirmIdentity, isRecentlyConfirmed } from "../../domain/access/confirm-identity.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readFields, readForm } from "../../http/forms.ts"
import { localPath, redirect, refererPath } from "../../http/htmx.ts"
import { type KeptForm, keepForm, toHiddenFields, toKeptForm } from "../../http/kept-form.ts"
import { currentMessages } from "../../http/language.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { setSessionToken } from "../../http/session-cookie.ts"
import { type FormEntry, keptFields, shownAgain } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { sandboxIdOf } from "../../text/sandbox-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { Field } from "../ui/fields.tsx"
import { Form, HiddenFields } from "../ui/form.tsx"
import { GuessLimitText } from "../ui/guess-limit.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { SignOutButton } from "../ui/sign-out-button.tsx"

export const confirmIdentityRoutes = new Router()

confirmIdentityRoutes.serve("identity.show", async (c) => {
  const kept = toKeptForm(shownAgain(c)?.entries ?? [])
  if (kept && isRecentlyConfirmed(c.var.sessionUser, c.var.deps.now())) return renderContinuation(c, kept)
  const next = localPath(keptFields(c).next ?? c.req.query("next"))
  return renderPage(c, { form: emptyForm(), next, kept })
})

confirmIdentityRoutes.serve("identity.confirm", async (c) => {
  const { password = "", code = "", passkey, next } = await readForm(c)
  const kept = toKeptForm(await readFields(c))
  const t = currentMessages(c)
  const userId = c.var.sessionUser.user.id
  let wrong: "password" | "code" | "passkey"
  try {
    const proof = { password, code, ...(passkey && { passkey }) }
    const confirmation = await confirmIdentity(c.var.deps, c.var.sessionUser, proof)
    if (confirmation.ok) {
      await setSessionToken(c, confirmation.session)
      logSecurityEvent(c, { event: "identity_confirmed", userId, method: passkey ? "passkey" : "password" })
      return kept ? renderContinuation(c, kept) : redirect(c, localPath(next) ?? href("profile.show"))
    }
    wrong = confirmation.wrong
  } catch (error) {
    const limit = rateLimit(c, error, t)
    const errorMessage = <GuessLimitText {...{ t, limit }} sandbox={sandboxIdOf(c.var.sessionUser.user.email)} />
    return renderPage(c, { form: emptyForm(), next: localPath(next), kept, errorMessage, status: limit.status })
  }
  const reason = wrong === "password" ? "wrong_password" : "wrong_factor"
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "confirmation", reason, userId })
  const errors = [confirmationError(t, wrong)]
  return renderPage(c, { form: { values: {}, errors }, next: localPath(next), kept, status: 422 })
})

function confirmationError({ confirmIdentity, secondFactor }: Messages, wrong: "password" | "code" | "passkey") {
  switch (wrong) {
    case "password":
      return { field: "password", code: "wrong_password" as const, detail: confirmIdentity.wrongPassword }
    case "code":
      return { field: "code", code: "invalid" as const, detail: secondFactor.wrongCode }
    case "passkey":
      return { field: "password", code: "invalid" as const, detail: secondFactor.passkeyFailed }
  }
}

/**
 * Answers a form that needs a more recent proof of identity: asks for it and keeps what was entered but passwords. Where nothing else
 * was, the person returns to the form.
 */
export async function confirmBeforeForm(c: Context<AppEnv>) {
  const kept = await keepForm(c)
  if (kept.fields.length === 0) {
    const next = localPath(refererPath(c)) ?? href("profile.show")
    return renderPage(c, { form: emptyForm(), next, status: 403 })
  }
  return renderPage(c, { form: emptyForm(), next: undefined, kept, status: 403 })
}

type PageOptions = {
  form: FormState
  next: string | undefined
  kept?: KeptForm | undefined
  errorMessage?: Child
  status?: 403 | 422 | 429 | 503
}

async function renderPage(c: Context<AppEnv>, { form, next, kept, errorMessage, status }: PageOptions) {
  const t = currentMessages(c)
  const { title, intro, kept: keptText, cancel } = t.confirmIdentity
  const methods = await confirmationMethods(c.var.deps, c.var.sessionUser)
  const hidden = hiddenFields({ next, kept })
  c.header("Cache-Control", "no-store")
  return c.html(
    <GuestPage {...{ t, title }} brand={c.var.deps.config.platformName} languageSwitch={languageSwitch(c, hidden)}>
      <h1>{title}</h1>
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <p class="muted">{kept ? joinSentences(t, intro, keptText) : intro}</p>
      <div class="stack">
        <ConfirmationForm {...{ t, form, methods, hidden }} email={c.var.sessionUser.user.email} />
        <div class="buttons">
          <a href={href("dashboard.show")}>{cancel}</a>
          <SignOutButton t={t} />
        </div>
      </div>
    </GuestPage>,
    status ?? 200,
  )
}

/** What travels through the page: the path to continue to, or the form that was kept. */
function hiddenFields({ next, kept }: Pick<PageOptions, "next" | "kept">): FormEntry[] {
  if (kept) return toHiddenFields(kept)
  return next ? [["next", next]] : []
}

const languageSwitch = (c: Context<AppEnv>, fields: FormEntry[]) =>
  c.var.staff ? null : { path: href("identity.show"), fields }

type ConfirmationFormProps = Pick<PageOptions, "form"> & {
  t: Messages
  hidden: FormEntry[]
  methods: Awaited<ReturnType<typeof confirmationMethods>>
  /** Password managers read it, to know which password to offer. */
  email: string
}

function ConfirmationForm({ t, form, methods, hidden, email }: ConfirmationFormProps) {
  const { hasPassword, hasAuthenticator, needsCode, passkeyOptions } = methods
  const { password: label, submit } = t.confirmIdentity
  return (
    <Form class="stack" action={href("identity.confirm")} data-focus>
      <HiddenFields fields={hidden} />
      <input type="hidden" name="username" value={readableAddress(email)} autocomplete="username" />
      {hasPassword ? (
        <>
          <Field {...{ form, label }} name="password" type="password" autocomplete="current-password" />
          {needsCode && (
            <Field
              form={form}
              name="code"
              label={t.secondFactor.code}
              help={hasAuthenticator ? t.secondFactor.codeHelp : t.secondFactor.recoveryCodeHelp}
              autocomplete="one-time-code"
            />
          )}
          <button class="button full-width" type="submit">
            {submit}
          </button>
        </>
      ) : (
        form.errors.map(({ detail }) => <p class="error">{detail}</p>)
      )}
      {passkeyOptions && (
        <PasskeyButton label={t.secondFactor.usePasskey} options={passkeyOptions} isPrimary={!hasPassword} />
      )}
    </Form>
  )
}

/** The form that was kept, ready to be submitted again. */
function renderContinuation(c: Context<AppEnv>, kept: KeptForm) {
  const { path, fields } = kept
  const t = currentMessages(c)
  const { confirmedTitle: title, confirmed, continue: submit } = t.confirmIdentity
  return c.html(
    <GuestPage
      {...{ t, title }}
      brand={c.var.deps.config.platformName}
      languageSwitch={languageSwitch(c, hiddenFields({ next: undefined, kept }))}
    >
      <h1>{title}</h1>
      <p class="muted">{confirmed}</p>
      <Form class="stack" action={path} data-submit-once>
        <HiddenFields fields={fields} />
        <button class="button full-width" type="submit">
          {submit}
        </button>
      </Form>
    </GuestPage>,
  )
}
