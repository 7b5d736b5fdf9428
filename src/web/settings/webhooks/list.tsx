import type { Child } from "hono/jsx"
import { listWebhooks } from "../../../domain/webhooks/webhooks.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import type { Webhook } from "../../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../../text/staff/locales.ts"
import { flashFromUrl } from "../../ui/flash.tsx"
import { RelativeTime } from "../../ui/time.tsx"
import { SettingsPage } from "../tabs.tsx"

export const webhookListRoutes = new Router()

webhookListRoutes.serve("webhooks.list", async (c) => {
  const { staff, deps } = c.var
  const { rows } = await listWebhooks(deps, staff)
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const newButton = <NewWebhookButton t={t} />
  return c.html(
    <SettingsPage staff={staff} tab="webhooks" action={newButton} flash={flashFromUrl(c, { t })}>
      <section class="card" aria-label={t.staff.settings.tabs.webhooks}>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{t.staff.webhooks.none}</p>
            {newButton}
          </div>
        ) : (
          <ul class="list">
            {rows.map((webhook) => (
              <li>
                <div>
                  <a class="emphasis" href={href("webhooks.show", { id: webhook.id })}>
                    {webhook.url}
                  </a>
                  <span class="muted">{webhook.events.join(", ")}</span>
                </div>
                <div>
                  <WebhookStatus {...{ webhook, now, t }} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </SettingsPage>,
  )
})

const NewWebhookButton = ({ t }: { t: StaffMessages }) => (
  <a class="button" href={href("webhooks.new")}>
    {t.staff.webhooks.add}
  </a>
)

/** Whether a webhook is enabled, fails or was disabled, and since when. */
export function WebhookStatus({ webhook, now, t }: { webhook: Webhook; now: Date; t: StaffMessages }) {
  const { enabled, disabled, failing, disabledReasons, firstFailed } = t.staff.webhooks
  if (webhook.disabledAt) {
    const reason = disabledReasons[webhook.disabledReason ?? "staff"]
    return (
      <>
        <span class={`badge ${reason ? "danger" : "neutral"}`}>{disabled}</span>
        <span class="muted">
          {reason && `${reason} · `}
          <RelativeTime at={webhook.disabledAt} {...{ now, t }} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge success">{enabled}</span>
  return (
    <>
      <span class="badge pending">{failing}</span>{" "}
      <span class="muted">{firstFailed<Child>(<RelativeTime at={webhook.failingSince} {...{ now, t }} />)}</span>
    </>
  )
}
