import { and, eq, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { auditLog, EVENT_TYPES, type EventType, type Webhook, webhooks } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { type AuditActor, isRecorded, type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { eventPermission } from "../events/list.ts"
import { Failure, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import { HOUR_MS } from "../time.ts"
import { validateFields } from "../validation.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import { webhookUrlError } from "./url-policy.ts"

const URL_MAX = 500
const URL_TOO_LONG = en.fieldErrors.too_long(URL_MAX)
const WEBHOOKS_MAX = 20
const OLD_SECRET_HOURS = 24
const EVENTS_RULE = staffEn.rules.webhook_events
const URL_RULE = staffEn.rules.webhook_url

/** The fields of a new webhook. */
export const webhookFields = z.object({
  url: z
    .string(URL_RULE)
    .trim()
    .min(1, URL_RULE)
    .max(URL_MAX, URL_TOO_LONG)
    .meta({
      format: "uri",
      maxLength: URL_MAX,
      description: "The URL that receives events: https, on the public internet.",
      examples: ["https://crm.example.com/hooks/vestibule"],
    }),
  events: z
    .array(z.enum(EVENT_TYPES, `Use one of: ${EVENT_TYPES.join(", ")}.`), EVENTS_RULE)
    .min(1, EVENTS_RULE)
    .transform((events) => [...new Set(events)])
    .meta({
      description: "The events to send.",
      examples: [["invite.accepted", "invite.bounced", "customer.created"]],
    }),
})

/** The fields of an update: all of the above, and whether the webhook is enabled. */
export const webhookPatchFields = webhookFields.extend({
  enabled: z.boolean("Use true or false.").optional().meta({ description: "A disabled webhook receives no events." }),
})

/** Throws `forbidden` unless the actor could read what these events say by other means. */
function authorizeEvents(actor: ResellerActor, events: readonly EventType[]): void {
  for (const type of events) authorize(actor, eventPermission(type))
}

/** The reseller's webhooks, newest first. Throws `forbidden`. */
export async function listWebhooks(
  { db, read }: Deps,
  actor: ResellerActor,
  page: PageRequest = { size: WEBHOOKS_MAX },
): Promise<Page<Webhook>> {
  authorize(actor, "webhooks:write")
  const isOwn = eq(webhooks.resellerId, actor.reseller.id)
  const [rows] = await read([newestFirst(db.select().from(webhooks).$dynamic(), webhooks.id, isOwn, page)])
  return toPage(rows, page)
}

/** One of the reseller's webhooks. Throws `forbidden` and `not_found`. */
export async function getWebhook({ db, read }: Deps, actor: ResellerActor, id: string): Promise<Webhook> {
  authorize(actor, "webhooks:write")
  const [[webhook]] = await read([db.select().from(webhooks).where(isOwnWebhook(actor, id))])
  if (!webhook) throw new Failure({ kind: "not_found" })
  return webhook
}

/** Creates a webhook. Invalid fields are returned; throws `forbidden` and `webhook_limit`. */
export async function createWebhook(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<Webhook>> {
  authorize(actor, "webhooks:write")
  const result = validateWebhook(deps, input)
  if (!result.ok) return result
  const id = newId("whk", deps.now())
  const hasRoom = sql`(SELECT count(*) FROM ${webhooks} WHERE ${webhooks.resellerId} = ${actor.reseller.id}) < ${WEBHOOKS_MAX}`
  const { url, events } = result.value
  authorizeEvents(actor, events)
  const row = { id, resellerId: actor.reseller.id, url, events, createdAt: deps.now() }
  const isInserted = sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.id} = ${id})`
  const entry = newWebhookAuditEntry(deps, actor, "webhook.created", row)
  const [[webhook]] = await deps.db.batch([
    insertSelect(deps.db, webhooks, row, hasRoom).returning(),
    insertSelect(deps.db, auditLog, entry, isInserted),
    ...storeResponseStatements(deps, webhooks, id, isInserted),
  ])
  if (!webhook) throw new Failure({ kind: "webhook_limit", limit: WEBHOOKS_MAX })
  return { ok: true, value: webhook }
}

/**
 * Updates only the given fields; with `versions`, only if the webhook is at one of them. Invalid fields are returned; throws
 * `forbidden`, `not_found` and `version_conflict`.
 */
export function updateWebhook(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  versions?: Versions,
): Promise<Result<Webhook>> {
  const attempt = () => attemptUpdate(deps, actor, id, changes, versions)
  return versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptUpdate(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  versions: Versions,
): Promise<Result<Webhook>> {
  const current = await getWebhook(deps, actor, id)
  requireVersion(versions, current.version)
  const result = validateWebhook(deps, { url: current.url, events: current.events, ...changes })
  if (!result.ok) return result
  authorizeEvents(actor, result.value.events)
  const wasEnabled = current.disabledAt === null
  const { enabled = wasEnabled, ...values } = result.value
  const change: WebhookChange = values.url === current.url ? values : { ...values, failingSince: null, retryAt: null }
  const action = enabled ? "webhook.enabled" : "webhook.disabled"
  const isSame = values.url === current.url && [...values.events].sort().join() === [...current.events].sort().join()
  if (isSame && enabled === wasEnabled) return { ok: true, value: current }
  const updated =
    enabled === wasEnabled
      ? await writeChange(deps, actor, current, "webhook.updated", change)
      : await writeChange(deps, actor, current, action, { ...change, ...enabledColumns(deps, enabled) })
  if (updated) return { ok: true, value: updated }
  throw new Failure({ kind: "version_conflict" })
}

/** Enables or disables a webhook. Throws `forbidden` and `not_found`. */
export function setWebhookEnabled(deps: Deps, actor: ResellerActor, id: string, isEnabled: boolean): Promise<Webhook> {
  return retryConflicts(async () => {
    const current = await getWebhook(deps, actor, id)
    if (isEnabled === (current.disabledAt === null)) return current
    const action = isEnabled ? "webhook.enabled" : "webhook.disabled"
    return writeChange(deps, actor, current, action, enabledColumns(deps, isEnabled))
  })
}

function enabledColumns({ now }: Deps, isEnabled: boolean): WebhookChange {
  return isEnabled
    ? { disabledAt: null, disabledReason: null, failingSince: null, retryAt: null }
    : { disabledAt: now(), disabledReason: "staff" }
}

/**
 * Rotates the signing secret; with `versions`, only at one of them. For a day, events are signed with both secrets, and the secret
 * can't be rotated again. Throws `forbidden`, `not_found`, `secret_rotation_pending` and `version_conflict`.
 */
export function rotateSecret(deps: Deps, actor: ResellerActor, id: string, versions?: Versions): Promise<Webhook> {
  return retryConflicts(async () => {
    const current = await getWebhook(deps, actor, id)
    requireVersion(versions, current.version)
    if (current.previousSecretExpiresAt && current.previousSecretExpiresAt > deps.now()) {
      throw new Failure({ kind: "secret_rotation_pending", until: current.previousSecretExpiresAt })
    }
    return writeChange(deps, actor, current, "webhook.secret_rotated", {
      secretVersion: current.secretVersion + 1,
      previousSecretExpiresAt: new Date(deps.now().getTime() + OLD_SECRET_HOURS * HOUR_MS),
    })
  })
}

/**
 * Deletes a webhook; with `versions`, only at one of them. Its queued deliveries are cancelled when they are due. Throws
 * `forbidden`, `not_found` and `version_conflict`.
 */
export async function deleteWebhook(deps: Deps, actor: ResellerActor, id: string, versions?: Versions): Promise<void> {
  const webhook = await getWebhook(deps, actor, id)
  requireVersion(versions, webhook.version)
  const isAtVersion = and(isOwnWebhook(actor, id), hasVersion(webhooks.version, versions))
  const entry = newWebhookAuditEntry(deps, actor, "webhook.deleted", webhook)
  const [, [deleted]] = await deps.db.batch([
    insertSelect(deps.db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${isAtVersion})`),
    deps.db.delete(webhooks).where(isAtVersion).returning({ id: webhooks.id }),
  ])
  if (!deleted) throw new Failure({ kind: versions ? "version_conflict" : "not_found" })
}

/** SQL condition: this webhook of the actor's reseller. */
export const isOwnWebhook = (actor: ResellerActor, id: string) =>
  and(eq(webhooks.id, id), eq(webhooks.resellerId, actor.reseller.id))

/** An audit entry that names only the host of a webhook: path and query can contain secrets. */
export function newWebhookAuditEntry(
  deps: Pick<Deps, "now">,
  actor: AuditActor,
  action: WebhookAction,
  { id, resellerId, url }: Pick<Webhook, "id" | "resellerId" | "url">,
): NewAuditEntry {
  return newAuditEntry(deps, resellerId, actor, action, id, new URL(url).host)
}

type WebhookAction = Extract<AuditAction, `webhook.${string}`>

type WebhookChange = Partial<Omit<Webhook, "id" | "resellerId" | "version">>

async function writeChange(
  deps: Deps,
  actor: ResellerActor,
  current: Webhook,
  action: WebhookAction,
  change: WebhookChange,
) {
  const { db } = deps
  const isCurrent = and(isOwnWebhook(actor, current.id), eq(webhooks.version, current.version))
  const entry = newWebhookAuditEntry(deps, actor, action, { ...current, ...change })
  const [, [updated]] = await db.batch([
    insertSelect(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${isCurrent})`),
    db
      .update(webhooks)
      .set({ ...change, version: current.version + 1 })
      .where(isCurrent)
      .returning(),
    ...storeResponseStatements(deps, webhooks, current.id, isRecorded(entry)),
  ])
  return updated
}

type WebhookValues = Pick<Webhook, "url" | "events"> & { enabled?: boolean | undefined }

function validateWebhook({ config }: Deps, input: Record<string, unknown>): Result<WebhookValues> {
  const { values, errors } = validateFields(webhookPatchFields, input)
  const { events, enabled } = values
  const url = values.url && (URL.parse(values.url)?.href ?? values.url) // as it is requested
  const urlError = url && webhookUrlError(url, config)
  if (urlError) errors.push({ field: "url", code: "url_not_allowed", detail: urlError })
  else if (url && url.length > URL_MAX)
    errors.push({ field: "url", code: "invalid", detail: URL_TOO_LONG, max: URL_MAX })
  return errors.length > 0 || !url || !events ? { ok: false, errors } : { ok: true, value: { url, events, enabled } }
}
