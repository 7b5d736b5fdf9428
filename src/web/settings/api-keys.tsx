import type { Child } from "hono/jsx"
import { type ApiKeyListItem, createApiKey, listApiKeys, revokeApiKey } from "../../domain/access/api-keys.ts"
import type { AppEnv } from "../../http/context.ts"
import { type FormState, fieldError, readForm, readFormRequest, readMultiple } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { SCOPES } from "../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { CopyButton } from "../ui/copy-button.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { Checkbox, Field, PostButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { ExpiryTime, RelativeTime } from "../ui/time.tsx"
import { SettingsPage } from "./tabs.tsx"

export const apiKeyRoutes = new Router()

apiKeyRoutes.serve("apiKeys.list", async (c) => {
  const { staff, deps } = c.var
  const keys = await listApiKeys(deps, staff)
  const now = deps.now()
  const activeKeys = keys.filter((key) => !isInactive(key, now))
  const inactiveKeys = keys.filter((key) => isInactive(key, now))
  const t = staffMessagesFor(staff.locale)
  const { intro, docs, none } = t.staff.apiKeys
  const newButton = <NewApiKeyButton t={t} />
  return c.html(
    <SettingsPage staff={staff} tab="apiKeys" action={newButton} flash={flashFromUrl(c, { t })}>
      <p class="muted">
        {intro(staff.reseller.name)} <a href={href("api.docs")}>{docs}</a>
      </p>
      <section class="card" aria-label={t.staff.settings.tabs.apiKeys}>
        {keys.length === 0 ? (
          <div class="empty-state">
            <p>{none}</p>
            {newButton}
          </div>
        ) : (
          <ul class="list">
            {[...activeKeys, ...inactiveKeys].map((key) => (
              <ApiKeyRow apiKey={key} now={now} t={t} />
            ))}
          </ul>
        )}
      </section>
    </SettingsPage>,
  )
})

apiKeyRoutes.serve("apiKeys.new", (c) => {
  const values = { form_token: crypto.randomUUID(), expires_in_days: "365" }
  return c.html(
    <ApiKeyForm staff={c.var.staff} form={{ values, errors: [] }} selectedScopes={["invites:read", "invites:write"]} />,
  )
})

apiKeyRoutes.serve("apiKeys.create", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const selectedScopes = await readMultiple(c, "scopes")
  const request = await readFormRequest(c, staff)
  const created = await createApiKey({ ...deps, request }, staff, { ...values, scopes: selectedScopes })
  const t = staffMessagesFor(staff.locale)
  if (!created.ok) {
    const form = { values, errors: translateErrors(t, created.errors) }
    return c.html(<ApiKeyForm {...{ staff, form, selectedScopes }} />, 422)
  }
  if (!created.value.secret) return redirect(c, href("apiKeys.list", {}, flash("api_key_repeated")))
  c.header("Cache-Control", "no-store")
  const { newTitle, copyNow, copy, done, tryIt } = t.staff.apiKeys
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title={newTitle}>
      <section class="card card-body stack">
        <p>{copyNow}</p>
        <div class="field">
          <label for="secret">{values.name}</label>
          <input id="secret" class="mono" readonly value={created.value.secret} autocomplete="off" spellcheck={false} />
        </div>
        <div class="buttons">
          <CopyButton of="secret" label={copy} t={t} />
          <a href={href("apiKeys.list")}>{done}</a>
        </div>
      </section>
      <section class="card card-body stack">
        <h2>{tryIt}</h2>
        <pre
          class="code"
          tabindex={0}
        >{`curl ${deps.config.baseUrl}${href("api.invites.list")} \\\n  -H "Authorization: Bearer ${created.value.secret}"`}</pre>
      </section>
    </StaffPage>,
  )
})

apiKeyRoutes.serve("apiKeys.revoke", async (c) => {
  await revokeApiKey(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("apiKeys.list", {}, flash("api_key_revoked")))
})

const NewApiKeyButton = ({ t }: { t: StaffMessages }) => (
  <a class="button" href={href("apiKeys.new")}>
    {t.staff.apiKeys.create}
  </a>
)

const isInactive = ({ revokedAt, expiresAt }: ApiKeyListItem, now: Date) =>
  revokedAt !== null || (expiresAt !== null && expiresAt <= now)

type ApiKeyProps = { apiKey: ApiKeyListItem; now: Date; t: StaffMessages }

function ApiKeyRow({ apiKey, now, t }: ApiKeyProps) {
  const { created, createdBy, lastUsed, neverUsed, revoke, confirmRevoke } = t.staff.apiKeys
  const { name, creator, createdAt, lastUsedAt } = apiKey
  const time = (at: Date) => <RelativeTime {...{ at, now, t }} />
  return (
    <li>
      <div>
        <span class="emphasis">
          {name} <ApiKeyStatusBadge {...{ apiKey, now, t }} />
        </span>
        <span class="muted">
          <code>{apiKey.maskedSecret}</code> · {apiKey.scopes.join(", ")}
        </span>
        <span class="muted">
          {creator ? createdBy<Child>(time(createdAt), creator) : created<Child>(time(createdAt))} ·{" "}
          {lastUsedAt ? lastUsed<Child>(time(lastUsedAt)) : neverUsed}
          <Expiry {...{ apiKey, now, t }} />
        </span>
      </div>
      {!isInactive(apiKey, now) && (
        <div class="actions buttons">
          <PostButton
            path={href("apiKeys.revoke", { id: apiKey.id })}
            label={revoke}
            objectName={name}
            confirm={confirmRevoke(name)}
          />
        </div>
      )}
    </li>
  )
}

function ApiKeyStatusBadge({ apiKey, now, t }: ApiKeyProps) {
  const { revoked, expired, active } = t.staff.apiKeys.statuses
  if (apiKey.revokedAt) return <span class="badge neutral">{revoked}</span>
  return isInactive(apiKey, now) ? (
    <span class="badge neutral">{expired}</span>
  ) : (
    <span class="badge success">{active}</span>
  )
}

function Expiry({ apiKey, now, t }: ApiKeyProps) {
  const { expires, neverExpires } = t.staff.apiKeys
  if (isInactive(apiKey, now)) return null
  if (!apiKey.expiresAt) return <> · {neverExpires}</>
  return <> · {expires<Child>(<ExpiryTime at={apiKey.expiresAt} {...{ now, t }} />)}</>
}

const EXPIRY_DAYS = [30, 90, 365] as const

type ApiKeyFormProps = { staff: AppEnv["Variables"]["staff"]; form: FormState; selectedScopes: string[] }

function ApiKeyForm({ staff, form, selectedScopes }: ApiKeyFormProps) {
  const scopesError = fieldError(form, "scopes")
  const expiryError = fieldError(form, "expires_in_days")
  const t = staffMessagesFor(staff.locale)
  const texts = t.staff.apiKeys
  const expiryOptions = [...EXPIRY_DAYS.map((days) => [String(days), texts.expiryOptions[days]]), ["", texts.never]]
  return (
    <StaffPage staff={staff} navItem="Settings" title={texts.create}>
      <Form class="card card-body stack" action={href("apiKeys.create")} novalidate data-focus data-submit-once>
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <Field form={form} name="name" label={texts.name} help={texts.nameHelp} autocomplete="off" required />
        <fieldset aria-describedby={scopesError && "scopes-hint"}>
          <legend>{texts.scopes}</legend>
          <div class="checkbox-grid">
            {SCOPES.map((scope) => (
              <Checkbox
                id={scope}
                name="scopes"
                isChecked={selectedScopes.includes(scope)}
                label={texts.scopeNames[scope]}
                help={
                  <>
                    {texts.scopeHelp[scope]} · <code>{scope}</code>
                  </>
                }
              />
            ))}
          </div>
          {scopesError && (
            <p class="error" id="scopes-hint">
              {scopesError.detail}
            </p>
          )}
        </fieldset>
        <div class="field">
          <label for="expires_in_days">{texts.expiry}</label>
          <select
            id="expires_in_days"
            name="expires_in_days"
            aria-invalid={expiryError && "true"}
            aria-describedby={expiryError && "expires_in_days-hint"}
          >
            {expiryOptions.map(([days, label]) => (
              <option value={days} selected={form.values.expires_in_days === days}>
                {label}
              </option>
            ))}
          </select>
          {expiryError && (
            <p class="error" id="expires_in_days-hint">
              {expiryError.detail}
            </p>
          )}
        </div>
        <div class="buttons">
          <button class="button" type="submit">
            {texts.submit}
          </button>
          <a href={href("apiKeys.list")}>{t.layout.cancel}</a>
        </div>
      </Form>
    </StaffPage>
  )
}
