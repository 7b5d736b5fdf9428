import { env } from "cloudflare:workers"
import type { ChainProblem } from "../../src/domain/audit/seal-chain.ts"
import { testEnv } from "./app.ts"
import { verifyChainIn } from "./verify-chain.ts"

/** Everything wrong with a reseller's chain. */
export async function verifyChain(
  resellerId: string,
  secrets = [testEnv.AUTH_SECRET],
  database = env.DB,
): Promise<ChainProblem[]> {
  return (await verifyChainIn(database, resellerId, secrets)).problems
}

/** Runs statements that the audit log refuses, as someone with access to the database could: without its triggers. */
export async function tamper(...statements: D1PreparedStatement[]): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('audit_entries', 'audit_values', 'audit_seals', 'audit_heads')",
  ).all<{ name: string; sql: string }>()
  await env.DB.batch([
    ...results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)),
    ...statements,
    ...results.map(({ sql }) => env.DB.prepare(sql)),
  ])
}
