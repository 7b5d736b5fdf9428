import { and, eq, gte } from "drizzle-orm"
import { deploymentFacts } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { factStatement } from "./facts.ts"

/** Notes that the operator signed out now. */
export async function noteOperatorSignOut(deps: Pick<Deps, "db" | "now">): Promise<void> {
  await factStatement(deps, "operator_signed_out", String(deps.now().getTime()))
}

/** Whether the operator has signed out since then. */
export async function hasOperatorSignedOut({ db }: Pick<Deps, "db">, since: Date): Promise<boolean> {
  const isLater = and(eq(deploymentFacts.name, "operator_signed_out"), gte(deploymentFacts.at, since))
  return (await db.select({ at: deploymentFacts.at }).from(deploymentFacts).where(isLater)).length > 0
}
