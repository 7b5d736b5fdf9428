import type { Stage, toSizes, Usage } from "./invite-cost.ts"

/**
 * List prices of the Workers Paid plan beyond what it includes, in dollars, from the pages at developers.cloudflare.com: d1/platform/pricing,
 * workers/platform/pricing, queues/platform/pricing, durable-objects/platform/pricing, and of Email Service. Read on 2026-11-28.
 */
export const PRICES = {
  request: 0.3 / 1e6,
  cpuMs: 0.02 / 1e6,
  rowRead: 0.001 / 1e6,
  rowWritten: 1 / 1e6,
  gigabyteMonth: 0.75,
  queueOperation: 0.4 / 1e6,
  objectRequest: 0.15 / 1e6,
  objectGigabyteSecond: 12.5 / 1e6,
  email: 0.35 / 1e3,
}

/** A message is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3
/** The memory that is charged for a Durable Object, and how long one of ours answers. */
const OBJECT_GIGABYTES = 0.125
const OBJECT_SECONDS = 0.01
/** In a year, an invite is there with its emails and events for some months, and then without. */
const FRESH_MONTHS = 5
const KEPT_MONTHS = 7

export type CostLine = { what: string; quantity: number; unit: string; price: number; dollars: number }

/** The stages that an invite goes through until it is accepted, and those that follow in its first year. */
const ACCEPTED = [
  "created",
  "sent",
  "delivered",
  "sealed",
  "opened",
  "accepted",
  "sealed again",
  "after a day",
  "after five months",
]
const UNANSWERED = ["created", "sent", "delivered", "sealed", "after a day", "reminded", "expired", "after five months"]

/** What an invite costs in its first year, line by line: one that is accepted, or whose contact is reminded before it expires. */
export function costOf(
  stages: Stage[],
  fate: "accepted" | "unanswered",
  { fresh, kept }: ReturnType<typeof toSizes>,
): CostLine[] {
  const names = fate === "accepted" ? ACCEPTED : UNANSWERED
  const gigabyteMonths = (fresh[fate] * FRESH_MONTHS + kept[fate] * KEPT_MONTHS) / 1e9
  const passed = stages.filter(({ name }) => names.includes(name))
  if (passed.length !== names.length) throw new Error("a stage was not measured")
  const sum = (of: (stage: Stage) => number) => passed.reduce((total, stage) => total + of(stage), 0)
  const used = (name: keyof Usage) => sum(({ usage }) => usage[name])
  // Email Service sends a message about each delivery.
  const messages = used("messages") + used("emails")
  const objectSeconds = used("objectRequests") * OBJECT_SECONDS
  const lines: Omit<CostLine, "dollars">[] = [
    { what: "emails", quantity: used("emails"), unit: "", price: PRICES.email },
    { what: "D1 rows written", quantity: used("rowsWritten"), unit: "", price: PRICES.rowWritten },
    { what: "D1 storage", quantity: gigabyteMonths, unit: "GB-months", price: PRICES.gigabyteMonth },
    { what: "Queues operations", quantity: messages * OPERATIONS_PER_MESSAGE, unit: "", price: PRICES.queueOperation },
    { what: "Workers requests", quantity: used("requests") + used("invocations"), unit: "", price: PRICES.request },
    { what: "CPU", quantity: sum(({ cpuMs }) => cpuMs), unit: "ms", price: PRICES.cpuMs },
    { what: "Durable Objects requests", quantity: used("objectRequests"), unit: "", price: PRICES.objectRequest },
    {
      what: "Durable Objects duration",
      quantity: objectSeconds * OBJECT_GIGABYTES,
      unit: "GB-s",
      price: PRICES.objectGigabyteSecond,
    },
    { what: "D1 rows read", quantity: used("rowsRead"), unit: "", price: PRICES.rowRead },
  ]
  return lines.map((line) => ({ ...line, dollars: line.quantity * line.price }))
}
