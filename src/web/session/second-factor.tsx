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
import { browserMessages } from "../../http/language.ts"
import { deletePrivateCookie, readPrivateCookie } from "../../http/private-cookies.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { continueAfterAllFactors } from "../../http/start-session.ts"
import { href } from "../../routes.ts"
import { Field } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"

/** The second step of signing in: a code of the authenticator app, a recovery code or a passkey. */
export const secondFactorRoutes = new Router()

secondFactorRoutes.serve("session.secondFactor", async (c) => {
  const pending = await currentPending(c)
  return pending ? renderPage(c, { pending, form: emptyForm(), next: c.req.query("next") }) : startOver(c)
})

secondFactorRoutes.serve("session.verifySecondFactor", async (c) => {
  const { deps } = c.var
  const { code = "", passkey = "", next } = await readForm(c)
  const pending = await currentPending(c)
  if (!pending) return startOver(c)
  const limitMessage = (error: unknown) => rateLimit(c, error, browserMessages(c)).message
  const isComplete = passkey
    ? await completeWithPasskey(deps, pending, passkey)
    : await completeWithCode(deps, pending, code).catch(limitMessage)
  if (typeof isComplete === "string") {
    return renderPage(c, { pending, form: emptyForm(), next, errorMessage: isComplete, status: 429 })
  }
  if (isComplete) {
    deletePrivateCookie(c, "second_factor")
    const nextPath = localPath(next) ?? href("dashboard.show")
    return redirect(c, await continueAfterAllFactors(c, { userId: pending.userId, nextPath, method: "second_factor" }))
  }
  logSecurityEvent(c, {
    event: "sign_in_failed",
    entrance: "second_factor",
    reason: "wrong_factor",
    userId: pending.userId,
  })
  const { secondFactor: t } = browserMessages(c)
  const latest = await currentPending(c)
  if (!latest) return startOver(c)
  const codeError = latest.attemptsLeft > 0 ? t.wrongCode : t.lastAttempt
  const errors = [{ field: "code", code: "invalid" as const, detail: passkey ? t.passkeyFailed : codeError }]
  return renderPage(c, { pending: latest, form: { values: {}, errors }, next, status: 422 })
})

async function currentPending(c: Context<AppEnv>): Promise<PendingSignIn | undefined> {
  const token = readPrivateCookie(c, "second_factor")
  return token ? findPendingSignIn(c.var.deps, token) : undefined
}

function startOver(c: Context<AppEnv>) {
  deletePrivateCookie(c, "second_factor")
  return redirect(c, href("session.new", {}, flash("second_factor_expired")))
}

type PageOptions = {
  pending: PendingSignIn
  form: FormState
  next: string | undefined
  errorMessage?: string
  status?: 422 | 429
}

async function renderPage(c: Context<AppEnv>, { pending, form, next, errorMessage, status }: PageOptions) {
  const t = browserMessages(c)
  const { secondFactor } = t
  const { hasAuthenticator, passkeys, attemptsLeft } = pending
  const options = passkeys.length > 0 ? await secondFactorOptions(c.var.deps, pending) : undefined
  c.header("Cache-Control", "no-store")
  return c.html(
    <GuestPage t={t} title={secondFactor.title} brand={c.var.deps.config.platformName} footer={secondFactor.lost}>
      <h1>{secondFactor.title}</h1>
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <p class="muted">{secondFactor.intro}</p>
      <div class="stack">
        <Form class="stack" action={href("session.verifySecondFactor")}>
          {next && <input type="hidden" name="next" value={next} />}
          {options && <PasskeyButton label={secondFactor.usePasskey} options={options} isPrimary />}
          <Field
            form={form}
            name="code"
            label={secondFactor.code}
            help={hasAuthenticator ? secondFactor.codeHelp : secondFactor.recoveryCodeHelp}
            autocomplete="one-time-code"
          />
          {attemptsLeft > 0 && (
            <button class={options ? "button secondary full-width" : "button full-width"} type="submit">
              {secondFactor.submit}
            </button>
          )}
        </Form>
        <p>
          <a href={href("session.new")}>{secondFactor.startOver}</a>
        </p>
      </div>
    </GuestPage>,
    status ?? 200,
  )
}
