import { type Placeholder, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type DeploymentFact, deploymentFacts } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time.ts"
import { type Facts, factStatement, findFacts } from "./facts.ts"

/** How long after a first email its events may take, and how long after others, which may be few. */
const FIRST_EVENT_MS = HOUR_MS
const NEXT_EVENT_MS = DAY_MS

const isMinuteOld = sql`${deploymentFacts.at} <= excluded.at - ${MINUTE_MS}`
const atOfEvent = sql`(SELECT event.at FROM deployment_facts AS event WHERE event.name = 'email_event')`
const firstUnanswered = sql`(SELECT CAST(sent.detail AS INTEGER) FROM deployment_facts AS sent WHERE sent.name = 'email_sent')`

/**
 * The statement that notes that a provider took an email, at most once a minute. The detail is the time of the first one since the last
 * delivery event.
 */
export function emailSentStatement(db: Db, now: Date | Placeholder) {
  const at = sql`${sql.param(now, deploymentFacts.at)}`
  const isAnswered = sql`CAST(${deploymentFacts.detail} AS INTEGER) <= ${atOfEvent}`
  return db
    .insert(deploymentFacts)
    .values({ name: "email_sent", at, detail: sql`CAST(${at} AS TEXT)` })
    .onConflictDoUpdate({
      target: deploymentFacts.name,
      set: { at: sql`excluded.at`, detail: sql`iif(${isAnswered}, excluded.detail, ${deploymentFacts.detail})` },
      setWhere: isMinuteOld,
    })
}

/** The statement that notes that a delivery event came: once a minute, and at once if it is the first one since an email was sent. */
export function emailEventStatement({ db, now }: Pick<Deps, "db" | "now">) {
  return db
    .insert(deploymentFacts)
    .values({ name: "email_event", at: now() })
    .onConflictDoUpdate({
      target: deploymentFacts.name,
      set: { at: sql`excluded.at` },
      setWhere: sql`${isMinuteOld} OR ${deploymentFacts.at} < ${firstUnanswered}`,
    })
}

/**
 * Since when emails have left without a delivery event: after an hour if there has never been one, otherwise after a day. Undefined
 * while nothing is missing, or where no provider reports any.
 */
export function missingEvents(
  { now, config }: Pick<Deps, "now" | "config">,
  { email_sent: sent, email_event: event }: Facts,
): Date | undefined {
  if (!sent || !config.hasDeliveryEvents) return undefined
  const since = new Date(Number(sent.detail))
  if (event && event.at >= since) return undefined
  return now().getTime() - since.getTime() >= (event ? NEXT_EVENT_MS : FIRST_EVENT_MS) ? since : undefined
}

/** Notes that a provider refuses what this deployment sends, with the codes of why. True if the log is to say so. */
export async function noteSenderRefused(deps: Pick<Deps, "db" | "now">, codes: string): Promise<boolean> {
  const [, due] = await deps.db.batch([
    factStatement(deps, "sender_refused", codes),
    logStatement(deps, "sender_refused_log", codes),
  ])
  return due.length > 0
}

/** Since when delivery events are missing, if the log is to say so. */
export async function noteMissingEvents(deps: Pick<Deps, "db" | "now" | "config">): Promise<Date | undefined> {
  const since = missingEvents(deps, await findFacts(deps))
  const due = since && (await logStatement(deps, "events_missing_log", null))
  return due?.length ? since : undefined
}

/** The statement that returns a row if a fault is to be logged: once an hour, and at once if its detail changed. */
function logStatement(
  { db, now }: Pick<Deps, "db" | "now">,
  name: Extract<DeploymentFact, `${string}_log`>,
  detail: string | null,
) {
  return db
    .insert(deploymentFacts)
    .values({ name, at: now(), detail })
    .onConflictDoUpdate({
      target: deploymentFacts.name,
      set: { at: sql`excluded.at`, detail: sql`excluded.detail` },
      setWhere: sql`${deploymentFacts.at} <= excluded.at - ${HOUR_MS} OR ${deploymentFacts.detail} IS NOT excluded.detail`,
    })
    .returning({ at: deploymentFacts.at })
}
