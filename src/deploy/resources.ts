import type { Account } from "./account.ts"
import type { Zone } from "./domain.ts"
import { type Item, type Report, StepError, type Tools } from "./tools.ts"

/** Creates the database unless it exists. The result is its id. */
export async function createDatabase(tools: Tools, account: Account, name: string): Promise<Report<string>> {
  const existing = await readDatabaseId(tools, account, name)
  if (existing) return [`${name} exists`, existing]
  await tools.wrangler(["d1", "create", name, "--update-config=false"], account)
  const id = await readDatabaseId(tools, account, name)
  if (!id) throw notListed(`${name} was created`)
  return [`created ${name}`, id]
}

const notListed = (change: string) => new StepError(`${change}, but isn't listed yet.`, "Run the same command again.")

/** The id of a database that has data: a new one would have none of it. */
export async function findDatabase(tools: Tools, account: Account, name: string): Promise<Report<string>> {
  const id = await readDatabaseId(tools, account, name)
  if (id) return [`${name} exists`, id]
  throw new StepError(
    `The account has no database ${name}.`,
    "Name the one that has the data with --database, or restore a backup as the README shows.",
  )
}

async function readDatabaseId(tools: Tools, { id }: Account, name: string): Promise<string | undefined> {
  const databases = await tools.read(`/accounts/${id}/d1/database?name=${name}`)
  const uuid = databases.find((database) => database.name === name)?.uuid
  return typeof uuid === "string" ? uuid : undefined
}

/** Creates the queue of events unless it exists. A deployment creates those that the Worker sends to. */
export async function createEventQueue(tools: Tools, account: Account, queue: string): Promise<string> {
  const [existing] = await tools.read(`/accounts/${account.id}/queues?name=${queue}`)
  if (existing) return `${queue} exists`
  await tools.wrangler(["queues", "create", queue], account)
  return `created ${queue}; the deployment creates the others`
}

/** Enables Email Sending for a domain. Returns what was done and the DNS records that it needs. */
export async function enableEmail(tools: Tools, account: Account, zone: Zone, domain: string) {
  const before = await findSender(tools, zone, domain)
  if (!before || !isEnabled(before)) {
    await tools.wrangler(["email", "sending", "enable", domain, "--zone-id", zone.id], account)
  }
  const sender = await findSender(tools, zone, domain)
  if (!sender) throw notListed(`Email Sending is enabled for ${domain}`)
  const records = await tools.read(`/zones/${zone.id}/email/sending/subdomains/${sender.tag}/dns`)
  const verb = before && isEnabled(before) ? "may be sent" : "may now be sent"
  return { report: `${verb} from ${domain}`, records: records.map(describeRecord) }
}

async function findSender(tools: Tools, zone: Zone, domain: string): Promise<Item | undefined> {
  const senders = await tools.read(`/zones/${zone.id}/email/sending/subdomains`)
  return senders.find(({ name }) => name === domain)
}

/** The API calls it by either name. */
function isEnabled(sender: Item): boolean {
  return (sender.email_sending_enabled ?? sender.enabled) === true
}

function describeRecord({ type, name, content, priority }: Item): string {
  return [String(type).padEnd(4), name, priority, content].filter((part) => part !== undefined).join(" ")
}

/** The events that `domain/mail/delivery-events.ts` understands. */
export const EMAIL_EVENTS = ["delivered", "deferred", "bounced", "failed", "rejected", "complained"].map(
  (kind) => `message.${kind}`,
)

/** Lets Email Service publish the events of a sender's domain to the queue of events. */
export async function subscribe(tools: Tools, account: Account, zone: Zone, domain: string, queue: string) {
  const [{ queue_id: queueId } = { queue_id: undefined }] = await tools.read(
    `/accounts/${account.id}/queues?name=${queue}`,
  )
  const subscriptions = await tools.read(
    `/accounts/${account.id}/event_subscriptions/subscriptions?queue_id=${queueId}`,
  )
  const existing = subscriptions.find((subscription) => hasSource(subscription, domain))
  const events = EMAIL_EVENTS.join(",")
  if (!existing) {
    const source = ["--source", "email.sending", "--zone-id", zone.id, "--domain", domain]
    await tools.wrangler(["queues", "subscription", "create", queue, ...source, "--events", events], account)
    return `subscribed ${queue} to the delivery events of ${domain}`
  }
  const subscribed: unknown[] = Array.isArray(existing.events) ? existing.events : []
  if (existing.enabled === true && EMAIL_EVENTS.every((event) => subscribed.includes(event))) {
    return `${queue} is subscribed to the delivery events of ${domain}`
  }
  const update = ["--id", String(existing.id), "--events", events, "--enabled"]
  await tools.wrangler(["queues", "subscription", "update", queue, ...update], account)
  return `subscribed ${queue} to all delivery events of ${domain}`
}

function hasSource({ source }: Item, domain: string): boolean {
  if (typeof source !== "object" || source === null || !("type" in source) || !("domain" in source)) return false
  return source.type === "email.sending" && source.domain === domain
}
