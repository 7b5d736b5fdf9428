import { and, desc, eq, lt, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Page, type PageAsked, toPage } from "../storage/paging.ts"
import { auditLog, WEBHOOK_EVENTS, type Webhook, webhooks } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { type AuditActor, type AuditRow, auditRow } from "./audit.ts"
import type { AuditAction } from "./audit-actions.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { keepAnswer } from "./kept-answers.ts"
import { webhookAddressProblem } from "./webhook-address.ts"

const URL_MAX = 500
const WEBHOOKS_MAX = 20
const OLD_SECRET_HOURS = 24
const SECRET_BITS = 256
const EVENTS_RULE = "Choose at least one of the events."

export const webhookFields = z.object({
  url: z
    .string("Enter the address that events are sent to.")
    .trim()
    .min(1, "Enter the address that events are sent to.")
    .max(URL_MAX, `Use ${URL_MAX} characters or fewer.`)
    .meta({
      format: "uri",
      maxLength: URL_MAX,
      description: "Where events are posted: https, on the public internet.",
      examples: ["https://crm.example.com/hooks/vestibule"],
    }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS, EVENTS_RULE), EVENTS_RULE)
    .min(1, EVENTS_RULE)
    .transform((events) => [...new Set(events)])
    .meta({ description: "Which events.", examples: [["invite.accepted", "invite.bounced", "customer.created"]] }),
})

/** What may be changed: all of the above, and whether it is on. */
export const webhookChanges = webhookFields.extend({
  enabled: z.boolean("Say true or false.").optional().meta({ description: "Off, it gets nothing." }),
})

/** The reseller's webhooks, newest first. Throws `forbidden`. One D1 round trip. */
export async function pageOfWebhooks(
  { db }: Deps,
  actor: ResellerActor,
  { before, size }: PageAsked = { size: WEBHOOKS_MAX },
): Promise<Page<Webhook>> {
  demand(actor, "webhooks:write")
  const older = before ? lt(webhooks.id, before) : undefined
  const [rows] = await db.batch([
    db
      .select()
      .from(webhooks)
      .where(and(eq(webhooks.resellerId, actor.reseller.id), older))
      .orderBy(desc(webhooks.id))
      .limit(size + 1),
  ])
  return toPage(rows, size)
}

/** Throws `forbidden` and `not_found`. One D1 round trip. */
export async function findWebhook({ db }: Deps, actor: ResellerActor, id: string): Promise<Webhook> {
  demand(actor, "webhooks:write")
  const [[webhook]] = await db.batch([db.select().from(webhooks).where(own(actor, id))])
  if (!webhook) throw new Failure({ kind: "not_found" })
  return webhook
}

/** Adds a webhook. Wrong fields come back as data; throws `forbidden` and, past what a reseller may have, `webhook_limit`. */
export async function createWebhook(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Checked<Webhook>> {
  demand(actor, "webhooks:write")
  const checked = check(deps, input)
  if (!checked.ok) return checked
  const id = newId("whk", deps.now())
  const hasRoom = sql`(SELECT count(*) FROM ${webhooks} WHERE ${webhooks.resellerId} = ${actor.reseller.id}) < ${WEBHOOKS_MAX}`
  const { url, events } = checked.value
  const row = { id, resellerId: actor.reseller.id, url, events, createdAt: deps.now() }
  const made = sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.id} = ${id})`
  const entry = webhookAuditRow(deps, actor, "webhook.created", row)
  const [[webhook]] = await deps.db.batch([
    insertWhere(deps.db, webhooks, row, hasRoom).returning(),
    insertWhere(deps.db, auditLog, entry, made),
    ...keepAnswer(deps, webhooks, id, made),
  ])
  if (!webhook) throw new Failure({ kind: "webhook_limit", limit: WEBHOOKS_MAX })
  return { ok: true, value: webhook }
}

/**
 * Changes what `changes` names; with `versions`, only one of those. Wrong fields come back as data; throws `forbidden`,
 * `not_found` and `version_conflict`. Two D1 round trips.
 */
export async function changeWebhook(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  versions?: string[],
): Promise<Checked<Webhook>> {
  const current = await findWebhook(deps, actor, id)
  if (versions && !versions.includes(String(current.version))) throw new Failure({ kind: "version_conflict" })
  const checked = check(deps, { url: current.url, events: current.events, ...changes })
  if (!checked.ok) return checked
  const wasOn = current.disabledAt === null
  const { enabled = wasOn, ...values } = checked.value
  const change: Change = values.url === current.url ? values : { ...values, failingSince: null }
  const action = enabled ? "webhook.enabled" : "webhook.disabled"
  const isSame = values.url === current.url && [...values.events].sort().join() === [...current.events].sort().join()
  if (isSame && enabled === wasOn) return { ok: true, value: current }
  const changed =
    enabled === wasOn
      ? await update(deps, actor, current, "webhook.updated", change)
      : await update(deps, actor, current, action, { ...change, ...switched(deps, enabled) })
  if (changed) return { ok: true, value: changed }
  if (versions) throw new Failure({ kind: "version_conflict" })
  return changeWebhook(deps, actor, id, changes) // somebody was faster: the same changes to what they left
}

/** Switches a webhook on or off; what is so already stays. Throws `forbidden` and `not_found`. Two D1 round trips. */
export async function switchWebhook(deps: Deps, actor: ResellerActor, id: string, isOn: boolean): Promise<Webhook> {
  const current = await findWebhook(deps, actor, id)
  if (isOn === (current.disabledAt === null)) return current
  const action = isOn ? "webhook.enabled" : "webhook.disabled"
  const changed = await update(deps, actor, current, action, switched(deps, isOn))
  return changed ?? switchWebhook(deps, actor, id, isOn)
}

function switched({ now }: Deps, isOn: boolean): Change {
  return isOn
    ? { disabledAt: null, disabledReason: null, failingSince: null }
    : { disabledAt: now(), disabledReason: "staff" }
}

/**
 * Gives a webhook a new secret. For a day events are signed with the old one too, so that a receiver can change over; until
 * then there is no third. Throws `forbidden`, `not_found` and `secret_rotation_pending`. Two D1 round trips.
 */
export async function rotateSecret(deps: Deps, actor: ResellerActor, id: string): Promise<Webhook> {
  const current = await findWebhook(deps, actor, id)
  if (current.previousSecretExpiresAt && current.previousSecretExpiresAt > deps.now()) {
    throw new Failure({ kind: "secret_rotation_pending", until: current.previousSecretExpiresAt })
  }
  const changed = await update(deps, actor, current, "webhook.secret_rotated", {
    secretVersion: current.secretVersion + 1,
    previousSecretExpiresAt: new Date(deps.now().getTime() + OLD_SECRET_HOURS * 3_600_000),
  })
  return changed ?? rotateSecret(deps, actor, id)
}

/** Removes a webhook; what was queued for it is cancelled when its turn comes. Throws `forbidden` and `not_found`. */
export async function removeWebhook(deps: Deps, actor: ResellerActor, id: string): Promise<void> {
  const webhook = await findWebhook(deps, actor, id)
  const [[removed]] = await deps.db.batch([
    deps.db.delete(webhooks).where(own(actor, id)).returning({ id: webhooks.id }),
    deps.db.insert(auditLog).values(webhookAuditRow(deps, actor, "webhook.deleted", webhook)),
  ])
  if (!removed) throw new Failure({ kind: "not_found" })
}

/** What is recorded of a webhook names its host and no more: path and query may hold a receiver's secrets. */
export function webhookAuditRow(
  deps: Pick<Deps, "now">,
  actor: AuditActor,
  action: WebhookAction,
  { id, resellerId, url }: Pick<Webhook, "id" | "resellerId" | "url">,
): AuditRow {
  return auditRow(deps, resellerId, actor, action, id, new URL(url).host)
}

type WebhookAction = Extract<AuditAction, `webhook.${string}`>

/**
 * The secrets that a webhook's events are signed with, the current first, as Standard Webhooks writes them: `whsec_` and base64.
 * They are derived from the deployment's own secret (HKDF, RFC 5869), and stored nowhere.
 */
export async function secretsOf({ config, now }: Pick<Deps, "config" | "now">, webhook: Webhook): Promise<string[]> {
  const { id, secretVersion, previousSecretExpiresAt } = webhook
  const hasOld = previousSecretExpiresAt !== null && previousSecretExpiresAt > now()
  const versions = hasOld ? [secretVersion, secretVersion - 1] : [secretVersion]
  const bytes = (text: string) => new TextEncoder().encode(text)
  const master = await crypto.subtle.importKey("raw", bytes(config.masterSecret), "HKDF", false, ["deriveBits"])
  return Promise.all(
    versions.map(async (version) => {
      const info = bytes(`vestibule webhook ${id} ${version}`)
      const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }
      return `whsec_${Buffer.from(await crypto.subtle.deriveBits(how, master, SECRET_BITS)).toString("base64")}`
    }),
  )
}

type Change = Partial<Omit<Webhook, "id" | "resellerId" | "version">>

async function update(deps: Deps, actor: ResellerActor, current: Webhook, action: WebhookAction, change: Change) {
  const { db } = deps
  const isCurrent = and(own(actor, current.id), eq(webhooks.version, current.version))
  const entry = webhookAuditRow(deps, actor, action, { ...current, ...change })
  const [, [changed]] = await db.batch([
    insertWhere(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${isCurrent})`),
    db
      .update(webhooks)
      .set({ ...change, version: current.version + 1 })
      .where(isCurrent)
      .returning(),
    ...keepAnswer(deps, webhooks, current.id, sql`${webhooks.version} = ${current.version + 1}`),
  ])
  return changed
}

type Values = Pick<Webhook, "url" | "events"> & { enabled?: boolean | undefined }

function check({ config }: Deps, input: Record<string, unknown>): Checked<Values> {
  const { values, errors } = checkFields(webhookChanges, input)
  const problem = values.url && webhookAddressProblem(values.url, config)
  if (problem) errors.push({ field: "url", code: "url_not_allowed", detail: problem })
  const { url, events, enabled } = values
  return errors.length > 0 || !url || !events ? { ok: false, errors } : { ok: true, value: { url, events, enabled } }
}

function own(actor: ResellerActor, id: string) {
  return and(eq(webhooks.id, id), eq(webhooks.resellerId, actor.reseller.id))
}
