import { sql } from "drizzle-orm"
import { type DeploymentFact, deploymentFacts } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { MINUTE_MS } from "../time.ts"

/**
 * The statement that notes that something happened now, so that the operator can see when it happened last. It writes at most once a
 * minute for each fact, and at once if the detail changed: what happens a hundred times a second costs one row read each.
 */
export function factStatement(
  { db, now }: Pick<Deps, "db" | "now">,
  name: DeploymentFact,
  detail: string | null = null,
) {
  const at = now()
  return db
    .insert(deploymentFacts)
    .values({ name, at, detail })
    .onConflictDoUpdate({
      target: deploymentFacts.name,
      set: { at, detail },
      setWhere: sql`${deploymentFacts.at} <= ${at.getTime() - MINUTE_MS} OR ${deploymentFacts.detail} IS NOT ${detail}`,
    })
}
