import type { Context } from "hono"
import type { UserCredentials } from "../../domain/access/credentials.ts"
import { PASSWORD_MIN } from "../../domain/access/password.ts"
import { repairToken } from "../../domain/access/repair-token.ts"
import {
  checkResetPassword,
  openResetLink,
  RESET_LINK_MINUTES,
  resetPassword,
} from "../../domain/identity/password-reset.ts"
import { linkUrl, signLink } from "../../domain/invites/link-token.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { localPath, redirect } from "../../http/htmx.ts"
import { rememberBrowser } from "../../http/known-browser.ts"
import { browserMessages } from "../../http/language.ts"
import { deletePrivateCookie, readPrivateCookie } from "../../http/private-cookies.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { sandboxIdOf } from "../../text/sandbox-address.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Field } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"
import { PasswordField, respondToPasswordCheck } from "../ui/password-field.tsx"
import { useInviteLanguage } from "./invite-language.ts"
import { logForgedLink } from "./log-forged-link.ts"

export const resetPasswordRoutes = new Router()

resetPasswordRoutes.serve("passwordReset.show", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const invite = c.req.query("invite")
  const repairedToken = await repairToken(deps.linkKeys, token, "password_reset")
  if (repairedToken) return redirect(c, href("passwordReset.show", { token: repairedToken }, { invite }))
  const values = { invite: invite ?? "", ...keptFields(c) }
  await useInviteLanguage(c, values.invite)
  const user = await openResetLink(deps, token)
  return user ? renderForm(c, { token, user, form: emptyForm(values) }) : invalidLink(c, token)
})

resetPasswordRoutes.serve("passwordReset.create", async (c) => {
  const token = c.req.param("token")
  const values = await readForm(c)
  const { password, invite: inviteId } = values
  await useInviteLanguage(c, inviteId)
  const result = await resetPassword(c.var.deps, token, { password, inviteId }).catch((error) =>
    respondWhileBusy(c, error, { token, values }),
  )
  if (result instanceof Response) return result
  switch (result.outcome) {
    case "reset": {
      logSecurityEvent(c, { event: "password_changed", userId: result.userId, method: "reset" })
      await rememberBrowser(c, result.email)
      if (result.invite) return redirect(c, await registrationPath(c, result.invite))
      const next = nextPath(c)
      if (next) deletePrivateCookie(c, "reset_next")
      const sandbox = sandboxIdOf(result.email)
      return redirect(c, href("session.new", {}, { ...flash("password_reset"), next, sandbox }))
    }
    case "refused": {
      const errors = translateErrors(browserMessages(c), result.errors)
      return renderForm(c, { token, user: result.user, form: { values, errors }, status: 422 })
    }
    case "link_invalid":
      return invalidLink(c, token)
  }
})

// Public/password-check.js asks this while a new password is typed.
resetPasswordRoutes.serve("passwordReset.checkPassword", async (c) => {
  const token = c.req.param("token")
  await useInviteLanguage(c, c.req.query("invite"))
  const errors = await checkResetPassword(c.var.deps, token, await readForm(c))
  return errors ? respondToPasswordCheck(c, browserMessages(c), errors) : invalidLink(c, token)
})

resetPasswordRoutes.serve("passwordReset.malformed", (c) => invalidLink(c, ""))
resetPasswordRoutes.serve("passwordReset.malformedPost", (c) => invalidLink(c, ""))

/** Where the person was going when they noticed that they forgot the password, if they asked in this browser. */
const nextPath = (c: Context<AppEnv>) => localPath(readPrivateCookie(c, "reset_next"))

/** The invite that the person came from. The reset link proved access to its mailbox, as a link in the invite's email does. */
async function registrationPath(c: Context<AppEnv>, invite: Invite): Promise<string> {
  const { linkKeys, config } = c.var.deps
  const token = await signLink(linkKeys, { invite, use: "registration", via: "email" })
  return new URL(linkUrl(config.baseUrl, "registration", token)).pathname
}

async function respondWhileBusy(
  c: Context<AppEnv>,
  error: unknown,
  { token, values }: { token: string; values: Record<string, string> },
) {
  const { message, status } = rateLimit(c, error, browserMessages(c))
  const user = await openResetLink(c.var.deps, token)
  return user
    ? renderForm(c, { token, user, form: { values, errors: [] }, errorMessage: message, status })
    : invalidLink(c, token)
}

type FormOptions = {
  token: string
  user: UserCredentials
  form: FormState
  errorMessage?: string
  status?: 422 | 503 | 429
}

function renderForm(c: Context<AppEnv>, { token, user, form, errorMessage, status }: FormOptions) {
  const t = browserMessages(c)
  const { newTitle: title, newHelp, newPassword, email, save } = t.passwordReset
  const { invite } = form.values
  const username: FormState = { values: { email: readableAddress(user.email) }, errors: [] }
  return c.html(
    <GuestPage {...{ t, title }} brand={c.var.deps.config.platformName} languageSwitch={{ formId: "new-password" }}>
      <h1>{title}</h1>
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <p class="muted">{newHelp}</p>
      <Form
        class="stack"
        id="new-password"
        action={href("passwordReset.create", { token })}
        novalidate
        data-focus
        data-submit-once
      >
        {invite && <input type="hidden" name="invite" value={invite} />}
        <Field form={username} name="email" label={email} type="email" autocomplete="username" readonly />
        <PasswordField
          {...{ form, t }}
          label={newPassword}
          help={t.registration.passwordHelp(PASSWORD_MIN)}
          autocomplete="new-password"
          autofocus={form.errors.length === 0}
          checkPath={href("passwordReset.checkPassword", { token }, { invite: invite || undefined })}
        />
        <button class="button full-width" type="submit">
          {save}
        </button>
      </Form>
    </GuestPage>,
    status ?? 200,
  )
}

async function invalidLink(c: Context<AppEnv>, token: string) {
  await logForgedLink(c, token, "password_reset")
  const t = browserMessages(c)
  const { invalidTitle: title, invalid, askAgain } = t.passwordReset
  return c.html(
    <GuestPage {...{ t, title }} brand={c.var.deps.config.platformName}>
      <h1>{title}</h1>
      <p class="muted">{invalid(RESET_LINK_MINUTES)}</p>
      <a
        class="button full-width"
        href={href("passwordReset.new", {}, { invite: c.req.query("invite"), next: nextPath(c) })}
      >
        {askAgain}
      </a>
    </GuestPage>,
    410,
  )
}
