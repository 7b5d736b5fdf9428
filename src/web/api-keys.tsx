import type { Context } from "hono"
import { demand } from "../domain/actor.ts"
import { type ApiKeyLine, createApiKey, listApiKeys, revokeApiKey } from "../domain/api-keys.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { errorOf, type FormState, readChoices, readForm, submissionOf } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { SCOPES, type Scope } from "../storage/schema.ts"
import { Action, Checkbox, Field } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"
import { SettingsTabs } from "./settings.tsx"
import { Day, When } from "./when.tsx"

export const apiKeyRoutes = factory.createApp()

apiKeyRoutes.get("/settings/api-keys", async (c) => {
  const { staff, deps } = c.var
  const keys = await listApiKeys(deps, staff)
  const now = deps.now()
  const live = keys.filter((key) => !isOver(key, now))
  const over = keys.filter((key) => isOver(key, now))
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Settings" action={<NewKey />} notice={noticeOf(c)}>
      <SettingsTabs staff={staff} current="API keys" />
      <p class="muted">
        A key lets a program do what its scopes say, for {staff.reseller.name}.{" "}
        <a href="/api/v1/docs">How to use the API</a>
      </p>
      <section class="card" aria-label="API keys">
        {keys.length === 0 ? (
          <div class="empty-state">
            <p>No API keys yet. Make one for each program that works with your invites.</p>
            <NewKey />
          </div>
        ) : (
          <ul class="list">
            {[...live, ...over].map((key) => (
              <KeyLine line={key} now={now} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

apiKeyRoutes.get("/settings/api-keys/new", (c) => {
  demand(c.var.staff, "api_keys:write")
  const values = { submission: crypto.randomUUID(), expires_in_days: "365" }
  return c.html(
    <KeyForm staff={c.var.staff} form={{ values, errors: [] }} chosen={["invites:read", "invites:write"]} />,
  )
})

apiKeyRoutes.post("/settings/api-keys/new", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const chosen = await readChoices(c, "scopes")
  const made = await createApiKey(deps, staff, { ...values, scopes: chosen }, submissionOf(values))
  if (!made.ok) return c.html(<KeyForm staff={staff} form={{ values, errors: made.errors }} chosen={chosen} />, 422)
  if (!made.value.secret) return redirect(c, "/settings/api-keys?repeated")
  c.header("Cache-Control", "no-store")
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Your new API key">
      <section class="card card-body stack">
        <p>
          Copy the key now and keep it where secrets are kept. It is shown this once: we store only its fingerprint.
        </p>
        <div class="field">
          <label for="secret">{values.name}</label>
          <input id="secret" class="mono" readonly value={made.value.secret} autocomplete="off" spellcheck={false} />
        </div>
        <div class="buttons">
          <button class="button" type="button" data-copy="secret" hidden>
            Copy key
          </button>
          <a href="/settings/api-keys">I have kept it</a>
        </div>
      </section>
      <section class="card card-body stack">
        <h2>Try it</h2>
        <pre
          class="code"
          tabindex={0}
        >{`curl ${deps.config.baseUrl}/api/v1/invites \\\n  -H "Authorization: Bearer ${made.value.secret}"`}</pre>
      </section>
    </StaffPage>,
  )
})

apiKeyRoutes.post("/settings/api-keys/:id/revocation", async (c) => {
  await revokeApiKey(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, "/settings/api-keys?revoked")
})

function noticeOf(c: Context<Vestibule>) {
  const { revoked, repeated } = c.req.query()
  if (revoked !== undefined)
    return <NoticeCard tone="success">The key is revoked. It stopped working at once.</NoticeCard>
  if (repeated === undefined) return undefined
  return (
    <NoticeCard tone="danger">
      That key was made already, and a key is shown once. If it was not kept, revoke it and make another.
    </NoticeCard>
  )
}

const NewKey = () => (
  <a class="button" href="/settings/api-keys/new">
    New API key
  </a>
)

const isOver = ({ revokedAt, expiresAt }: ApiKeyLine, now: Date) =>
  revokedAt !== null || (expiresAt !== null && expiresAt <= now)

function KeyLine({ line, now }: { line: ApiKeyLine; now: Date }) {
  return (
    <li>
      <div>
        <span class="emphasis">
          {line.name} <KeyState line={line} now={now} />
        </span>
        <span class="muted">
          <code>{line.maskedSecret}</code> · {line.scopes.join(", ")}
        </span>
        <span class="muted">
          Made <When at={line.createdAt} now={now} />
          {line.creator && ` by ${line.creator}`} ·{" "}
          {line.lastUsedAt ? <LastUsed at={line.lastUsedAt} now={now} /> : "never used"}
          {!isOver(line, now) && (line.expiresAt ? <Expires at={line.expiresAt} now={now} /> : " · never expires")}
        </span>
      </div>
      {!isOver(line, now) && (
        <div class="actions buttons">
          <Action
            path={`/settings/api-keys/${line.id}/revocation`}
            label="Revoke"
            about={line.name}
            confirm={`Revoke the key ${line.name}? Programs that use it stop working at once, and that is final.`}
          />
        </div>
      )}
    </li>
  )
}

function KeyState({ line, now }: { line: ApiKeyLine; now: Date }) {
  if (line.revokedAt) return <span class="badge neutral">Revoked</span>
  return isOver(line, now) ? <span class="badge neutral">Expired</span> : <span class="badge success">Active</span>
}

const LastUsed = (moment: { at: Date; now: Date }) => (
  <>
    last used <When {...moment} />
  </>
)

const Expires = (moment: { at: Date; now: Date }) => (
  <>
    {" "}
    · expires <Day {...moment} />
  </>
)

const SCOPE_LABELS: Record<Scope, [label: string, help: string]> = {
  "invites:read": ["Read invites", "Their status and contact; billing needs its own"],
  "invites:write": ["Invite customers", "Send, resend and revoke"],
  "customers:read": ["Read customers", "And their members"],
  "billing:read": ["Read billing accounts", "Names, addresses and phones"],
  "billing:write": ["Keep billing accounts", "Set up, change and remove"],
  "webhooks:write": ["Manage webhooks", "Where events are sent"],
}

const TERMS = [
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
  ["", "Never"],
] as const

type FormProps = { staff: Vestibule["Variables"]["staff"]; form: FormState; chosen: string[] }

function KeyForm({ staff, form, chosen }: FormProps) {
  const error = errorOf(form, "scopes")
  const expiry = errorOf(form, "expires_in_days")
  return (
    <StaffPage staff={staff} section="Settings" title="New API key">
      <form class="card card-body stack" method="post" action="/settings/api-keys/new" novalidate data-submit-once>
        <input type="hidden" name="submission" value={form.values.submission} />
        <Field
          form={form}
          name="name"
          label="Name"
          help="What the key is for, as “CRM sync”."
          autocomplete="off"
          required
        />
        <fieldset aria-describedby={error && "scopes-hint"}>
          <legend>What it may do</legend>
          <div class="checkbox-grid">
            {SCOPES.map((scope) => (
              <Checkbox
                id={scope}
                name="scopes"
                isOn={chosen.includes(scope)}
                label={SCOPE_LABELS[scope][0]}
                help={
                  <>
                    {SCOPE_LABELS[scope][1]} · <code>{scope}</code>
                  </>
                }
              />
            ))}
          </div>
          {error && (
            <p class="error" id="scopes-hint">
              {error.detail}
            </p>
          )}
        </fieldset>
        <div class="field">
          <label for="expires_in_days">Expires</label>
          <select
            id="expires_in_days"
            name="expires_in_days"
            aria-invalid={expiry && "true"}
            aria-describedby={expiry && "expires_in_days-hint"}
          >
            {TERMS.map(([days, label]) => (
              <option value={days} selected={form.values.expires_in_days === days}>
                {label}
              </option>
            ))}
          </select>
          {expiry && (
            <p class="error" id="expires_in_days-hint">
              {expiry.detail}
            </p>
          )}
        </div>
        <div class="buttons">
          <button class="button" type="submit">
            Make key
          </button>
          <a href="/settings/api-keys">Cancel</a>
        </div>
      </form>
    </StaffPage>
  )
}
