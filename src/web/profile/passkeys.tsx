import type { Context } from "hono"
import { addPasskey, listPasskeys, passkeyCreationOptions, removePasskey } from "../../domain/factors/passkeys.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { currentMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { respondAfterChange } from "./factors.tsx"
import { ProfileLayout, profilePath } from "./page.tsx"

export const passkeyRoutes = new Router()

passkeyRoutes.serve("profile.passkeys.new", (c) => renderForm(c, emptyForm()))

passkeyRoutes.serve("profile.passkeys.create", async (c) => {
  const { name = "", passkey = "" } = await readForm(c)
  const userId = c.var.sessionUser.user.id
  const added = await addPasskey(c.var.deps, c.var.sessionUser, passkey, name)
  if (added.ok) {
    logSecurityEvent(c, { event: "factor_changed", userId, factor: "passkey", change: "added" })
    return respondAfterChange(c, added.recoveryCodes)
  }
  if ("errors" in added) {
    const errors = translateErrors(currentMessages(c), added.errors)
    return renderForm(c, { values: { name }, errors })
  }
  return renderForm(c, emptyForm({ name }), currentMessages(c).factors.passkeys.refused)
})

passkeyRoutes.serve("profile.passkeys.delete", async (c) => {
  const { deps, sessionUser } = c.var
  await removePasskey(deps, sessionUser, c.req.param("id"))
  logSecurityEvent(c, { event: "factor_changed", userId: sessionUser.user.id, factor: "passkey", change: "removed" })
  return redirect(c, profilePath(c, "factors_changed"))
})

async function renderForm(c: Context<AppEnv>, form: FormState, errorMessage?: string) {
  const { deps, sessionUser } = c.var
  const { factors: t } = currentMessages(c)
  const passkeys = await listPasskeys(deps, sessionUser.user.id)
  const options = await passkeyCreationOptions(deps, sessionUser, passkeys)
  c.header("Cache-Control", "no-store")
  return c.html(
    <ProfileLayout c={c} title={t.passkeys.add} flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}>
      <Form class="card card-body stack" action={href("profile.passkeys.create")}>
        <p class="muted">{t.passkeys.text}</p>
        <Field form={form} name="name" label={t.passkeys.name} help={t.passkeys.nameHelp} autocomplete="off" />
        <p class="help" data-without-passkeys>
          {t.passkeys.unsupported}
        </p>
        <div class="buttons">
          <PasskeyButton label={t.passkeys.create} options={options} isPrimary isInRow />
          <a href={profilePath(c)}>{t.cancel}</a>
        </div>
        <p class="help">{t.othersSignedOut}</p>
      </Form>
    </ProfileLayout>,
    errorMessage || form.errors.length > 0 ? 422 : 200,
  )
}
