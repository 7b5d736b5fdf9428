import type { Context } from "hono"
import { RESET_LINK_MINUTES, RESET_WAIT_MINUTES, requestPasswordReset } from "../../domain/identity/password-reset.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { localPath } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { deletePrivateCookie, readPrivateCookie, setPrivateCookie } from "../../http/private-cookies.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { GuestPage } from "../ui/layout.tsx"
import { chosenSandbox } from "./chosen-sandbox.ts"
import { useInviteLanguage } from "./invite-language.ts"

export const forgotPasswordRoutes = new Router()

forgotPasswordRoutes.serve("passwordReset.new", async (c) => {
  const { invite = "", next = "" } = c.req.query()
  const values = { invite, next, ...keptFields(c) }
  await useInviteLanguage(c, values.invite)
  return renderForm(c, { form: emptyForm(values) })
})

forgotPasswordRoutes.serve("passwordReset.request", async (c) => {
  const values = await readForm(c)
  await useInviteLanguage(c, values.invite)
  const t = browserMessages(c)
  const sandbox = await chosenSandbox(c)
  const result = await requestPasswordReset(c.var.deps, { email: values.email, inviteId: values.invite, sandbox })
  if (!result.ok) return renderForm(c, { form: { values, errors: translateErrors(t, result.errors) }, status: 422 })
  logSecurityEvent(c, { event: "password_reset_requested" })
  const { email } = result.value
  rememberNext(c, values.next)
  return c.html(
    <GuestPage
      t={t}
      title={t.passwordReset.sentTitle}
      brand={c.var.deps.config.platformName}
      languageSwitch={{ fields: Object.entries(values) }}
    >
      <h1>{t.passwordReset.sentTitle}</h1>
      <p class="muted">{t.passwordReset.sent(readableAddress(email), RESET_LINK_MINUTES, RESET_WAIT_MINUTES)}</p>
      <p>
        <a href={href("session.new", {}, { next: localPath(values.next), sandbox })}>{t.passwordReset.back}</a>
      </p>
    </GuestPage>,
    202,
  )
})

/** Longer ones could exceed the 4,096 bytes of a cookie once they are escaped. */
const REMEMBERED_MAX = 1_000

/** Keeps the path to continue to in this browser. It can hold the token of a link, so it is neither stored nor emailed. */
function rememberNext(c: Context<AppEnv>, next: string | undefined): void {
  const path = localPath(next)
  if (path && path.length <= REMEMBERED_MAX) setPrivateCookie(c, "reset_next", path, RESET_LINK_MINUTES * 60)
  else if (readPrivateCookie(c, "reset_next")) deletePrivateCookie(c, "reset_next")
}

async function renderForm(c: Context<AppEnv>, { form, status }: { form: FormState; status?: 422 }) {
  const t = browserMessages(c)
  const sandbox = await chosenSandbox(c)
  const { title, help, email, submit, back } = t.passwordReset
  const { invite } = form.values
  const next = localPath(form.values.next)
  return c.html(
    <GuestPage {...{ t, title }} brand={c.var.deps.config.platformName} languageSwitch={{ formId: "forgot-password" }}>
      <h1>{title}</h1>
      {sandbox && <p class="notice warning">{t.sandbox.signIn}</p>}
      <p class="muted">{help}</p>
      <Form class="stack" id="forgot-password" action={href("passwordReset.request")} novalidate data-submit-once>
        {invite && <input type="hidden" name="invite" value={invite} />}
        {next && <input type="hidden" name="next" value={next} />}
        {sandbox && <input type="hidden" name="sandbox" value={sandbox} />}
        <Field form={form} name="email" label={email} type="email" autocomplete="username" required autofocus />
        <button class="button full-width" type="submit">
          {submit}
        </button>
        <p>
          <a href={href("session.new", {}, { next, sandbox })}>{back}</a>
        </p>
      </Form>
    </GuestPage>,
    status ?? 200,
  )
}
