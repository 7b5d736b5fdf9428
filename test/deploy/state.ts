import type { DatabaseSync } from "node:sqlite"

type Database = { uuid: string; name: string; sqlite: DatabaseSync }
export type Queue = { queue_id: string; queue_name: string; consumers: Consumer[] }
export type Consumer = {
  consumer_id: string
  script: string
  type: string
  dead_letter_queue?: string
  settings: object
}
export type Script = {
  name: string
  versions: number
  /** Of the last upload, as wrangler describes them. */
  bindings: { type: string; name: string; [field: string]: unknown }[]
  secrets: Record<string, string>
  migrationTag: string | undefined
  domains: string[]
  isOnWorkersDev: boolean
  crons: string[]
}
type Subscription = {
  id: string
  name: string
  enabled: boolean
  events: string[]
  source: { type: string; zone_id: string; domain: string }
  destination: { type: string; queue_id: string }
}
export type Reseller = { id: string; name: string; admin: { name: string; email: string }; emailStatus: string }

/** All that a provider keeps. */
export class State {
  token = "provider-token-0123456789"
  uploadToken = "upload-token"
  account = { id: "acc0", name: "Acme" }
  otherAccounts: { id: string; name: string }[] = []
  plan: "paid" | "free" | "hidden" = "paid"
  hasAnalyticsEngine = true
  zones = [{ id: "zone0", name: "acme.test", status: "active" }]
  isDnsHidden = false
  dnsRecords: { zone: string; name: string; type: string; content: string }[] = []
  senders: { tag: string; name: string; enabled: boolean }[] = []
  databases: Database[] = []
  queues: Queue[] = []
  scripts: Script[] = []
  subscriptions: Subscription[] = []
  emails: { from: string; to: string; subject: string }[] = []
  resellers = new Map<string, Reseller[]>()
  /** What becomes of emails. */
  outcome = "delivered"
  onDelivery: () => "event" | "no event" | "refused" = () => "event"
  isCronFiring = () => true
  #lastId = 0

  newId(kind: string) {
    this.#lastId++
    return `${kind}${this.#lastId}`
  }

  /** What a deployment leaves behind, without random and counted values, to compare two of them. */
  summary() {
    return {
      databases: this.databases.map(({ name, sqlite }) => ({
        name,
        migrations: sqlite
          .prepare("SELECT name FROM d1_migrations")
          .all()
          .map((row) => ({ ...row })),
      })),
      queues: this.queues.map(({ queue_name, consumers }) => ({
        name: queue_name,
        consumers: consumers.map(({ consumer_id: _id, ...consumer }) => consumer),
      })),
      scripts: this.scripts.map(({ name, domains, isOnWorkersDev, crons, secrets, bindings }) => ({
        name,
        domains,
        isOnWorkersDev,
        crons,
        secrets: Object.keys(secrets).sort(),
        vars: Object.fromEntries(
          bindings.filter(({ type }) => type === "plain_text").map(({ name, text }) => [name, text]),
        ),
      })),
      senders: this.senders.map(({ name, enabled }) => ({ name, enabled })),
      subscriptions: this.subscriptions.map(({ source, enabled, events }) => ({ source, enabled, events })),
      resellers: [...this.resellers.values()].map((list) => list.map(({ name, admin }) => ({ name, admin }))),
    }
  }
}
