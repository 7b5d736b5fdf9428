import type { Context } from "hono"
import {
  addAuthenticator,
  readAuthenticatorSetup,
  removeAuthenticator,
  type Setup,
  startAuthenticatorSetup,
} from "../../domain/factors/authenticator.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { currentMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { QrCode } from "../ui/qr-code.tsx"
import { respondAfterChange } from "./factors.tsx"
import { ProfileLayout, profilePath } from "./page.tsx"

export const authenticatorRoutes = new Router()

authenticatorRoutes.serve("profile.authenticator.new", async (c) =>
  renderSetup(c, await continueSetup(c, keptFields(c).setup), emptyForm()),
)

authenticatorRoutes.serve("profile.authenticator.create", async (c) => {
  const { deps, sessionUser } = c.var
  const userId = sessionUser.user.id
  const { setup = "", code = "" } = await readForm(c)
  const codes = await addAuthenticator(deps, sessionUser, { setup, code })
  if (codes) {
    logSecurityEvent(c, { event: "factor_changed", userId, factor: "authenticator", change: "added" })
    return respondAfterChange(c, codes)
  }
  const detail = currentMessages(c).factors.authenticator.wrongCode
  return renderSetup(
    c,
    await continueSetup(c, setup),
    { values: {}, errors: [{ field: "code", code: "invalid", detail }] },
    422,
  )
})

authenticatorRoutes.serve("profile.authenticator.delete", async (c) => {
  const { deps, sessionUser } = c.var
  await removeAuthenticator(deps, sessionUser)
  const userId = sessionUser.user.id
  logSecurityEvent(c, { event: "factor_changed", userId, factor: "authenticator", change: "removed" })
  return redirect(c, profilePath(c, "factors_changed"))
})

/** The setup that the page showed before, or a new one. */
async function continueSetup(c: Context<AppEnv>, setup = ""): Promise<Setup> {
  const { deps, sessionUser } = c.var
  return (await readAuthenticatorSetup(deps, sessionUser, setup)) ?? startAuthenticatorSetup(deps, sessionUser)
}

function renderSetup(c: Context<AppEnv>, { setup, manualKey, uri }: Setup, form: FormState, status: 200 | 422 = 200) {
  const { factors } = currentMessages(c)
  const t = factors.authenticator
  c.header("Cache-Control", "no-store")
  return c.html(
    <ProfileLayout c={c} title={t.title} formId="authenticator">
      <Form class="card card-body stack" id="authenticator" action={href("profile.authenticator.create")} novalidate>
        <input type="hidden" name="setup" value={setup} />
        <SecretFields {...{ t, uri, manualKey }} />
        <Field
          form={form}
          name="code"
          label={t.code}
          help={t.codeHelp}
          autocomplete="one-time-code"
          inputmode="numeric"
          required
        />
        <div class="buttons">
          <button class="button" type="submit">
            {t.verify}
          </button>
          <a href={profilePath(c)}>{factors.cancel}</a>
        </div>
        <p class="help">{factors.othersSignedOut}</p>
      </Form>
    </ProfileLayout>,
    status,
  )
}

type SecretFieldsProps = Pick<Setup, "uri" | "manualKey"> & { t: Messages["factors"]["authenticator"] }

/** The secret of the setup, to scan or to type. */
function SecretFields({ t, uri, manualKey }: SecretFieldsProps) {
  return (
    <>
      <p>{t.scan}</p>
      <QrCode text={uri} label={t.qrCode} />
      <div class="field">
        <label for="manual-key">{t.manual}</label>
        <textarea id="manual-key" class="mono" rows={2} readonly spellcheck={false}>
          {groupKey(manualKey)}
        </textarea>
      </div>
    </>
  )
}

/** `JBSW Y3DP …`, which is easier to type. */
const groupKey = (key: string) => key.replace(/.{4}(?=.)/g, "$& ")
