import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { isRecentlyConfirmed } from "../../../domain/access/confirm-identity.ts"
import { toPayload } from "../../../domain/events/payload.ts"
import { Failure } from "../../../domain/failure.ts"
import { isVersionConflict } from "../../../domain/retry-conflicts.ts"
import { getWebhookPage, redeliver } from "../../../domain/webhooks/deliveries.ts"
import { deriveSigningSecrets } from "../../../domain/webhooks/signing-secrets.ts"
import { sendTestEvent } from "../../../domain/webhooks/test-event.ts"
import { deleteWebhook, rotateSecret, setWebhookEnabled, updateWebhook } from "../../../domain/webhooks/webhooks.ts"
import type { AppEnv } from "../../../http/context.ts"
import { expectedVersions, readForm, readMultiple } from "../../../http/forms.ts"
import { redirect } from "../../../http/htmx.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import { PAGE_SIZE } from "../../../storage/paging.ts"
import { EVENT_TYPES, type WebhookAttempt, type WebhookDelivery } from "../../../storage/schema.ts"
import { formatNumber } from "../../../text/numbers.ts"
import { type StaffMessages, staffMessagesFor } from "../../../text/staff/locales.ts"
import { CopyButton } from "../../ui/copy-button.tsx"
import { translateErrors } from "../../ui/field-errors.ts"
import { PostButton, SaveButton } from "../../ui/fields.tsx"
import { flash, flashFromUrl } from "../../ui/flash.tsx"
import { Form } from "../../ui/form.tsx"
import { Flash, StaffPage } from "../../ui/layout.tsx"
import { neighborPaths, Pager } from "../../ui/pager.tsx"
import { ExpiryTime, RelativeTime } from "../../ui/time.tsx"
import { WebhookFields, type WebhookFormState } from "./fields.tsx"
import { TestForm, WebhookHealth } from "./health.tsx"
import { WebhookStatus } from "./list.tsx"

export const showWebhookRoutes = new Router()

showWebhookRoutes.serve("webhooks.show", async (c) => c.html(await renderWebhookPage(c, c.req.param("id"))))

showWebhookRoutes.serve("webhooks.update", async (c) => {
  const id = c.req.param("id")
  const values = await readForm(c)
  const selectedEvents = await readMultiple(c, "events")
  const { deps, staff } = c.var
  const t = staffMessagesFor(staff.locale)
  try {
    const changes = { url: values.url, events: selectedEvents }
    const updated = await updateWebhook(deps, staff, id, changes, expectedVersions(values))
    if (updated.ok) return redirect(c, href("webhooks.show", { id }, flash("webhook_saved")))
    const form = { values, errors: translateErrors(t, updated.errors) }
    return c.html(await renderWebhookPage(c, id, { form, selectedEvents }), 422)
  } catch (error) {
    if (!isVersionConflict(error)) throw error
    const state = { form: { values, errors: [] }, selectedEvents }
    return c.html(await renderWebhookPage(c, id, state, t.staff.webhooks.conflict), 409)
  }
})

showWebhookRoutes.serve("webhooks.rotateSecret", async (c) => {
  await rotateSecret(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }, flash("webhook_rotated")))
})

showWebhookRoutes.serve("webhooks.enable", async (c) => {
  await setWebhookEnabled(c.var.deps, c.var.staff, c.req.param("id"), true)
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }, flash("webhook_enabled")))
})

showWebhookRoutes.serve("webhooks.disable", async (c) => {
  await setWebhookEnabled(c.var.deps, c.var.staff, c.req.param("id"), false)
  return redirect(c, href("webhooks.show", { id: c.req.param("id") }, flash("webhook_disabled")))
})

showWebhookRoutes.serve("webhooks.delete", async (c) => {
  await deleteWebhook(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("webhooks.list", {}, flash("webhook_deleted")))
})

showWebhookRoutes.serve("webhooks.redeliver", async (c) => {
  const { id, delivery } = c.req.param()
  await redeliver(c.var.deps, c.var.staff, id, delivery)
  return redirect(c, href("webhooks.show", { id }, flash("delivery_repeated")))
})

showWebhookRoutes.serve("webhooks.test", async (c) => {
  const id = c.req.param("id")
  const { type } = await readForm(c)
  const eventType = EVENT_TYPES.find((name) => name === type)
  if (!eventType) throw new Failure({ kind: "not_found" })
  await sendTestEvent(c.var.deps, c.var.staff, id, eventType)
  return redirect(c, href("webhooks.show", { id }, flash("webhook_tested")))
})

async function renderWebhookPage(c: Context<AppEnv>, id: string, editState?: WebhookFormState, errorMessage?: string) {
  const { staff, deps } = c.var
  const { before, after } = c.req.query()
  const { webhook, stats, page } = await getWebhookPage(deps, staff, id, { before, after, size: PAGE_SIZE })
  const { rows, next, prev } = page
  const [secret = ""] = await deriveSigningSecrets(deps, webhook)
  const now = deps.now()
  const { previousSecretExpiresAt } = webhook
  const t = staffMessagesFor(staff.locale)
  const texts = t.staff.webhooks
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
      title={texts.title}
      flash={errorMessage ? <Flash tone="danger">{errorMessage}</Flash> : flashFromUrl(c, { t, now })}
      back={<a href={href("webhooks.list")}>← {t.staff.settings.tabs.webhooks}</a>}
    >
      <section class="card" aria-label={texts.status}>
        <div class="card-header">
          <div>
            <WebhookStatus {...{ webhook, now, t }} />
          </div>
          <div class="actions buttons">
            {webhook.disabledAt ? (
              <PostButton path={href("webhooks.enable", { id })} label={texts.enable} />
            ) : (
              <PostButton path={href("webhooks.disable", { id })} label={texts.disable} />
            )}
            <PostButton path={href("webhooks.delete", { id })} label={texts.delete} confirm={texts.confirmDelete} />
          </div>
        </div>
        <div class="card-body stack">
          {isRecentlyConfirmed(c.var.sessionUser, now) ? (
            <details>
              <summary>{texts.secret}</summary>
              <input
                id="signing-secret"
                class="mono"
                readonly
                value={secret}
                aria-label={texts.secret}
                autocomplete="off"
                spellcheck={false}
              />
              <CopyButton of="signing-secret" isSecondary t={t} />
            </details>
          ) : (
            <p>
              <a href={href("identity.show", {}, { next: href("webhooks.show", { id }) })}>{texts.showSecret}</a>
            </p>
          )}
          <p class="muted">
            {isRotating
              ? texts.previousSecret<Child>(<ExpiryTime at={previousSecretExpiresAt} {...{ now, t }} />)
              : texts.secretHelp}
          </p>
          {deps.config.previousMasterSecret !== null && <p class="muted">{texts.newKeys}</p>}
          <div class="buttons">
            {!isRotating && (
              <PostButton
                path={href("webhooks.rotateSecret", { id })}
                label={texts.rotate}
                confirm={texts.confirmRotate}
              />
            )}
          </div>
        </div>
      </section>
      <Form class="card card-body stack" action={href("webhooks.update", { id })} novalidate data-submit-once>
        <input type="hidden" name="version" value={String(webhook.version)} />
        <WebhookFields {...{ form, selectedEvents, t }} />
        <SaveButton label={t.staff.settings.save} />
      </Form>
      <WebhookHealth {...{ stats, t }} />
      {!webhook.disabledAt && <TestForm {...{ id, t }} selectedEvents={webhook.events} />}
      <section class="card" aria-labelledby="deliveries">
        <div class="card-header">
          <h2 id="deliveries">{texts.deliveries}</h2>
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{texts.noDeliveries}</p>
          </div>
        ) : (
          <ul class="list">
            {rows.map((delivery) => (
              <DeliveryRow {...{ delivery, now, t }} webhookId={id} isEnabled={webhook.disabledAt === null} />
            ))}
          </ul>
        )}
        {(next || prev) && <Pager t={t} {...neighborPaths(page, (cursor) => href("webhooks.show", { id }, cursor))} />}
      </section>
    </StaffPage>
  )
}

type DeliveryRowProps = {
  delivery: WebhookDelivery & { attempts: WebhookAttempt[] }
  webhookId: string
  now: Date
  t: StaffMessages
  isEnabled: boolean
}

function DeliveryRow({ delivery, webhookId, now, t, isEnabled }: DeliveryRowProps) {
  const { type, attempts, status } = delivery
  const {
    attempts: countAttempts,
    attemptsFor,
    noResponse,
    sendAgain,
    deliveryStatuses,
    test,
    duration,
  } = t.staff.webhooks
  return (
    <li>
      <div>
        <span class="emphasis">
          <code>{type}</code> {delivery.isTest && <span class="badge neutral">{test}</span>}{" "}
          <span class={`badge ${STATUS_COLORS[status]}`}>{deliveryStatuses[status]}</span>
        </span>
        <span class="muted">
          <EventSubject {...delivery} />
          <RelativeTime at={delivery.createdAt} {...{ now, t }} />
        </span>
        <details>
          <summary>
            {countAttempts(attempts.length)}
            <span class="visually-hidden"> {attemptsFor(type)}</span>
          </summary>
          <pre class="code" tabindex={0}>
            {JSON.stringify(toPayload({ ...delivery, id: delivery.eventId }), null, 2)}
          </pre>
          {attempts.map((attempt) => (
            <p class="muted">
              <RelativeTime at={attempt.attemptedAt} {...{ now, t }} /> · {attempt.responseStatus ?? noResponse} ·{" "}
              {duration(formatNumber(t, attempt.durationMs))}{" "}
              {attempt.responseBody && <code>{attempt.responseBody}</code>}
            </p>
          ))}
        </details>
      </div>
      <div class="actions buttons">
        {isEnabled && (
          <PostButton
            path={href("webhooks.redeliver", { id: webhookId, delivery: delivery.id })}
            label={sendAgain}
            objectName={type}
          />
        )}
      </div>
    </li>
  )
}

/** A link to the invite of an event, or to its customer. */
function EventSubject({ inviteId, customerId, isTest }: WebhookDelivery) {
  if (isTest || !(inviteId || customerId)) return null
  const path = inviteId
    ? href("customers.invites.show", { id: inviteId })
    : href("customers.show", { id: customerId ?? "" })
  return (
    <>
      <a href={path}>{inviteId ?? customerId}</a> ·{" "}
    </>
  )
}

const STATUS_COLORS = {
  queued: "pending",
  sending: "pending",
  sent: "success",
  failed: "danger",
  cancelled: "neutral",
}
