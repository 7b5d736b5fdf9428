import { type ApiKeyListItem, createApiKey, listApiKeys, revokeApiKey } from "../../domain/access/api-keys.ts"
import type { AppEnv } from "../../http/context.ts"
import { type FormState, fieldError, readForm, readFormRequest, readMultiple } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { SCOPES, type Scope } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import { en } from "../../text/en.ts"
import { Checkbox, Field, PostButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { ExpiryTime, RelativeTime } from "../ui/time.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const apiKeyRoutes = new Router()

apiKeyRoutes.serve("apiKeys.list", async (c) => {
  const { staff, deps } = c.var
  const keys = await listApiKeys(deps, staff)
  const now = deps.now()
  const activeKeys = keys.filter((key) => !isInactive(key, now))
  const inactiveKeys = keys.filter((key) => isInactive(key, now))
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Settings" action={<NewApiKeyButton />} flash={flashFromUrl(c)}>
      <SettingsTabs staff={staff} current="API keys" />
      <p class="muted">
        A key lets a program act for {staff.reseller.name} within its scopes.{" "}
        <a href={href("api.docs")}>How to use the API</a>
      </p>
      <section class="card" aria-label="API keys">
        {keys.length === 0 ? (
          <div class="empty-state">
            <p>No API keys yet. Create one for each program that uses the API.</p>
            <NewApiKeyButton />
          </div>
        ) : (
          <ul class="list">
            {[...activeKeys, ...inactiveKeys].map((key) => (
              <ApiKeyRow apiKey={key} now={now} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
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
  if (!created.ok)
    return c.html(
      <ApiKeyForm staff={staff} form={{ values, errors: created.errors }} selectedScopes={selectedScopes} />,
      422,
    )
  if (!created.value.secret) return redirect(c, href("apiKeys.list", {}, flash("api_key_repeated")))
  c.header("Cache-Control", "no-store")
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Your new API key">
      <section class="card card-body stack">
        <p>Copy the key now and keep it secret. You can't see it again: we store only a hash of it.</p>
        <div class="field">
          <label for="secret">{values.name}</label>
          <input id="secret" class="mono" readonly value={created.value.secret} autocomplete="off" spellcheck={false} />
        </div>
        <div class="buttons">
          <button class="button" type="button" data-copy="secret" data-copied="Copied" hidden>
            Copy key
          </button>
          <a href={href("apiKeys.list")}>Done</a>
        </div>
      </section>
      <section class="card card-body stack">
        <h2>Try it</h2>
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

const NewApiKeyButton = () => (
  <a class="button" href={href("apiKeys.new")}>
    Create API key
  </a>
)

const isInactive = ({ revokedAt, expiresAt }: ApiKeyListItem, now: Date) =>
  revokedAt !== null || (expiresAt !== null && expiresAt <= now)

function ApiKeyRow({ apiKey, now }: { apiKey: ApiKeyListItem; now: Date }) {
  return (
    <li>
      <div>
        <span class="emphasis">
          {apiKey.name} <ApiKeyStatusBadge apiKey={apiKey} now={now} />
        </span>
        <span class="muted">
          <code>{apiKey.maskedSecret}</code> · {apiKey.scopes.join(", ")}
        </span>
        <span class="muted">
          Created <RelativeTime at={apiKey.createdAt} now={now} t={en} />
          {apiKey.creator && ` by ${apiKey.creator}`} ·{" "}
          {apiKey.lastUsedAt ? <LastUsed at={apiKey.lastUsedAt} now={now} /> : "never used"}
          {!isInactive(apiKey, now) &&
            (apiKey.expiresAt ? <ExpiryDate at={apiKey.expiresAt} now={now} /> : " · never expires")}
        </span>
      </div>
      {!isInactive(apiKey, now) && (
        <div class="actions buttons">
          <PostButton
            path={href("apiKeys.revoke", { id: apiKey.id })}
            label="Revoke"
            objectName={apiKey.name}
            confirm={`Revoke the key ${isolate(apiKey.name)}? Programs that use it stop working immediately. You can't undo this.`}
          />
        </div>
      )}
    </li>
  )
}

function ApiKeyStatusBadge({ apiKey, now }: { apiKey: ApiKeyListItem; now: Date }) {
  if (apiKey.revokedAt) return <span class="badge neutral">Revoked</span>
  return isInactive(apiKey, now) ? (
    <span class="badge neutral">Expired</span>
  ) : (
    <span class="badge success">Active</span>
  )
}

const LastUsed = (moment: { at: Date; now: Date }) => (
  <>
    last used <RelativeTime {...moment} t={en} />
  </>
)

const ExpiryDate = (moment: { at: Date; now: Date }) => (
  <>
    {" "}
    · expires <ExpiryTime {...moment} t={en} />
  </>
)

const SCOPE_LABELS: Record<Scope, [label: string, help: string]> = {
  "invites:read": ["Read invites", "Status and contact; billing fields also need billing:read"],
  "invites:write": ["Manage invites", "Send, edit, resend and revoke"],
  "customers:read": ["Read customers", "Including their members"],
  "billing:read": ["Read billing accounts", "Names, addresses and phone numbers"],
  "billing:write": ["Manage billing accounts", "Add, edit and delete"],
  "webhooks:write": ["Manage webhooks", "Add, edit and delete"],
}

const EXPIRY_OPTIONS = [
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In 1 year"],
  ["", "Never"],
] as const

type ApiKeyFormProps = { staff: AppEnv["Variables"]["staff"]; form: FormState; selectedScopes: string[] }

function ApiKeyForm({ staff, form, selectedScopes }: ApiKeyFormProps) {
  const scopesError = fieldError(form, "scopes")
  const expiryError = fieldError(form, "expires_in_days")
  return (
    <StaffPage staff={staff} navItem="Settings" title="Create API key">
      <Form class="card card-body stack" action={href("apiKeys.create")} novalidate data-submit-once>
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <Field
          form={form}
          name="name"
          label="Name"
          help="What the key is for, such as “CRM sync”."
          autocomplete="off"
          required
        />
        <fieldset aria-describedby={scopesError && "scopes-hint"}>
          <legend>Scopes</legend>
          <div class="checkbox-grid">
            {SCOPES.map((scope) => (
              <Checkbox
                id={scope}
                name="scopes"
                isChecked={selectedScopes.includes(scope)}
                label={SCOPE_LABELS[scope][0]}
                help={
                  <>
                    {SCOPE_LABELS[scope][1]} · <code>{scope}</code>
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
          <label for="expires_in_days">Expires</label>
          <select
            id="expires_in_days"
            name="expires_in_days"
            aria-invalid={expiryError && "true"}
            aria-describedby={expiryError && "expires_in_days-hint"}
          >
            {EXPIRY_OPTIONS.map(([days, label]) => (
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
            Create key
          </button>
          <a href={href("apiKeys.list")}>Cancel</a>
        </div>
      </Form>
    </StaffPage>
  )
}
