import type { Context } from "hono"
import { isRecentlyConfirmed } from "../../../domain/access/confirm-identity.ts"
import { toPayload } from "../../../domain/events/payload.ts"
import { isVersionConflict } from "../../../domain/retry-conflicts.ts"
import { listDeliveries, redeliver } from "../../../domain/webhooks/deliveries.ts"
import { deriveSigningSecrets } from "../../../domain/webhooks/signing-secrets.ts"
import { deleteWebhook, rotateSecret, setWebhookEnabled, updateWebhook } from "../../../domain/webhooks/webhooks.ts"
import type { AppEnv } from "../../../http/context.ts"
import { expectedVersions, readForm, readMultiple } from "../../../http/forms.ts"
import { redirect } from "../../../http/htmx.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import { PAGE_SIZE } from "../../../storage/paging.ts"
import type { WebhookAttempt, WebhookDelivery } from "../../../storage/schema.ts"
import { en } from "../../../text/en.ts"
import { PostButton, SaveButton } from "../../ui/fields.tsx"
import { Form } from "../../ui/form.tsx"
import { Flash, StaffPage } from "../../ui/layout.tsx"
import { Pager } from "../../ui/pager.tsx"
import { ExpiryTime, RelativeTime } from "../../ui/time.tsx"
import { WebhookFields, type WebhookFormState, WebhookStatus } from "./list.tsx"

export const showWebhookRoutes = new Router()

showWebhookRoutes.serve("webhooks.show", async (c) => c.html(await renderWebhookPage(c, c.req.param("id"))))

showWebhookRoutes.serve("webhooks.update", async (c) => {
  const id = c.req.param("id")
  const values = await readForm(c)
  const selectedEvents = await readMultiple(c, "events")
  const { deps, staff } = c.var
  try {
    const changes = { url: values.url, events: selectedEvents }
    const updated = await updateWebhook(deps, staff, id, changes, expectedVersions(values))
    if (updated.ok) return redirect(c, href("webhooks.show", { id }))
    return c.html(await renderWebhookPage(c, id, { form: { values, errors: updated.errors }, selectedEvents }), 422)
  } catch (error) {
    if (!isVersionConflict(error)) throw error
    return c.html(await renderWebhookPage(c, id, { form: { values, errors: [] }, selectedEvents }, CONFLICT), 409)
  }
})

showWebhookRoutes.serve("webhooks.rotateSecret", async (c) => {
  await rotateSecret(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }))
})

showWebhookRoutes.serve("webhooks.enable", async (c) => {
  await setWebhookEnabled(c.var.deps, c.var.staff, c.req.param("id"), true)
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }))
})

showWebhookRoutes.serve("webhooks.disable", async (c) => {
  await setWebhookEnabled(c.var.deps, c.var.staff, c.req.param("id"), false)
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }))
})

showWebhookRoutes.serve("webhooks.delete", async (c) => {
  await deleteWebhook(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("webhooks.list"))
})

showWebhookRoutes.serve("webhooks.redeliver", async (c) => {
  const { id, delivery } = c.req.param()
  await redeliver(c.var.deps, c.var.staff, id, delivery)
  return redirect(c, href("webhooks.show", { id }))
})

const CONFLICT =
  "Someone changed this webhook since you opened the form. Your version is below. Save again to replace theirs."

async function renderWebhookPage(c: Context<AppEnv>, id: string, editState?: WebhookFormState, errorMessage?: string) {
  const { staff, deps } = c.var
  const pageRequest = { before: c.req.query("before"), size: PAGE_SIZE }
  const { webhook, rows, next } = await listDeliveries(deps, staff, id, pageRequest)
  const [secret = ""] = await deriveSigningSecrets(deps, webhook)
  const now = deps.now()
  const { previousSecretExpiresAt } = webhook
  const isRotating = previousSecretExpiresAt !== null && previousSecretExpiresAt > now
  c.header("Cache-Control", "no-store")
  const { form, selectedEvents } = editState ?? {
    form: { values: { url: webhook.url }, errors: [] },
    selectedEvents: webhook.events,
  }
  return (
    <StaffPage
      staff={staff}
      navItem="Settings"
      title="Webhook"
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
    >
      <p>
        <a href={href("webhooks.list")}>← Webhooks</a>
      </p>
      <section class="card" aria-label="Status">
        <div class="card-header">
          <div>
            <WebhookStatus webhook={webhook} now={now} />
          </div>
          <div class="actions buttons">
            {webhook.disabledAt ? (
              <PostButton path={href("webhooks.enable", { id })} label="Enable" />
            ) : (
              <PostButton path={href("webhooks.disable", { id })} label="Disable" />
            )}
            <PostButton
              path={href("webhooks.delete", { id })}
              label="Delete webhook"
              confirm="Delete this webhook? Pending deliveries are cancelled."
            />
          </div>
        </div>
        <div class="card-body stack">
          {isRecentlyConfirmed(c.var.sessionUser, now) ? (
            <details>
              <summary>Signing secret</summary>
              <input
                class="mono"
                readonly
                value={secret}
                aria-label="Signing secret"
                autocomplete="off"
                spellcheck={false}
              />
            </details>
          ) : (
            <p>
              <a href={href("identity.show", {}, { next: href("webhooks.show", { id }) })}>Show signing secret</a>
            </p>
          )}
          <p class="muted">
            {isRotating ? (
              <>
                Events are also signed with the previous secret until{" "}
                <ExpiryTime at={previousSecretExpiresAt} now={now} t={en} />.
              </>
            ) : (
              "Use the secret to verify that events come from us. After a rotation, the previous one keeps working for 24 hours."
            )}
          </p>
          {deps.config.previousMasterSecret !== null && (
            <p class="muted">
              We are replacing our keys, so this secret is new. Events are also signed with the one before: store the
              new one in your program soon.
            </p>
          )}
          <div class="buttons">
            {!isRotating && (
              <PostButton
                path={href("webhooks.rotateSecret", { id })}
                label="Rotate secret"
                confirm="Rotate the secret? The current one keeps working for 24 hours."
              />
            )}
          </div>
        </div>
      </section>
      <Form class="card card-body stack" action={href("webhooks.update", { id })} novalidate data-submit-once>
        <input type="hidden" name="version" value={String(webhook.version)} />
        <WebhookFields form={form} selectedEvents={selectedEvents} />
        <SaveButton />
      </Form>
      <section class="card" aria-labelledby="deliveries">
        <div class="card-header">
          <h2 id="deliveries">Deliveries</h2>
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>No deliveries yet. The next event of a selected type appears here.</p>
          </div>
        ) : (
          <ul class="list">
            {rows.map((delivery) => (
              <DeliveryRow delivery={delivery} webhookId={id} now={now} isEnabled={webhook.disabledAt === null} />
            ))}
          </ul>
        )}
        {next && <Pager next={href("webhooks.show", { id }, { before: next })} />}
      </section>
    </StaffPage>
  )
}

type DeliveryRowProps = {
  delivery: WebhookDelivery & { attempts: WebhookAttempt[] }
  webhookId: string
  now: Date
  isEnabled: boolean
}

function DeliveryRow({ delivery, webhookId, now, isEnabled }: DeliveryRowProps) {
  const { type, inviteId, attempts } = delivery
  return (
    <li>
      <div>
        <span class="emphasis">
          <code>{type}</code> {DELIVERY_STATUS_BADGES[delivery.status]}
        </span>
        <span class="muted">
          <a href={href("customers.invites.show", { id: inviteId })}>{inviteId}</a> ·{" "}
          <RelativeTime at={delivery.createdAt} now={now} t={en} />
        </span>
        <details>
          <summary>
            {attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`}
            <span class="visually-hidden"> for {type}</span>
          </summary>
          <pre class="code" tabindex={0}>
            {JSON.stringify(toPayload(delivery), null, 2)}
          </pre>
          {attempts.map((attempt) => (
            <p class="muted">
              <RelativeTime at={attempt.attemptedAt} now={now} t={en} /> · {attempt.responseStatus ?? "no response"}{" "}
              {attempt.responseBody && <code>{attempt.responseBody}</code>}
            </p>
          ))}
        </details>
      </div>
      <div class="actions buttons">
        {isEnabled && (
          <PostButton
            path={href("webhooks.redeliver", { id: webhookId, delivery: delivery.id })}
            label="Send again"
            objectName={type}
          />
        )}
      </div>
    </li>
  )
}

const DELIVERY_STATUS_BADGES = {
  queued: <span class="badge pending">Pending</span>,
  sending: <span class="badge pending">Sending</span>,
  sent: <span class="badge success">Delivered</span>,
  failed: <span class="badge danger">Failed</span>,
  cancelled: <span class="badge neutral">Cancelled</span>,
}
