import { sql } from "drizzle-orm"
import { lowestId } from "../../storage/ids.ts"
import type { Deps } from "../deps.ts"
import { DAY_MS } from "../time.ts"

/** Longer than the outbox keeps its deliveries. */
export const EVENT_RETENTION_DAYS = 120
const DELETE_BATCH = 500

/** Deletes old events, one batch per run. */
export async function deleteOldEvents({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = lowestId("evt", new Date(now().getTime() - EVENT_RETENTION_DAYS * DAY_MS))
  await db.run(sql`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ${cutoff} LIMIT ${DELETE_BATCH})`)
}
