import { env } from "cloudflare:workers"
import {
  type ChainHead,
  type ChainProblem,
  GENESIS,
  verifyHead,
  verifyLinks,
} from "../../src/domain/audit/seal-chain.ts"
import { type ChainRow, chainSql, strayEntriesSql, toLink } from "../../src/domain/audit/verify.ts"
import { openDb } from "../../src/storage/db.ts"
import { testEnv } from "./app.ts"

/** Everything wrong with a reseller's chain, found as `npm run audit:verify` does. */
export async function verifyChain(
  resellerId: string,
  secrets = [testEnv.AUTH_SECRET],
  database = env.DB,
): Promise<ChainProblem[]> {
  const db = openDb(database)
  const rows = await db.all<ChainRow>(chainSql(resellerId, 0, 100_000))
  const query = "SELECT sequence, hash FROM audit_heads WHERE reseller_id = ?"
  const stored = await database.prepare(query).bind(resellerId).first<ChainHead>()
  const { head, problems } = verifyLinks(secrets, { sequence: 0, hash: GENESIS }, rows.map(toLink))
  const strays = await db.all(strayEntriesSql(resellerId))
  return [
    ...problems,
    ...verifyHead(head, stored ?? undefined),
    ...strays.map((): ChainProblem => ({ sequence: 0, kind: "removed" })),
  ]
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
