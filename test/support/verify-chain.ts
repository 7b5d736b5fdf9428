import {
  type ChainHead,
  type ChainProblem,
  GENESIS,
  verifyHead,
  verifyLinks,
} from "../../src/domain/audit/seal-chain.ts"
import { type ChainRow, chainSql, strayEntriesSql, toLink } from "../../src/domain/audit/verify.ts"
import { openDb } from "../../src/storage/db.ts"

const PAGE = 5_000

/** The end of a reseller's chain in this database, and everything wrong with it, found as `npm run audit:verify` does. */
export async function verifyChainIn(
  database: D1Database,
  resellerId: string,
  secrets: string[],
): Promise<{ head: ChainHead; problems: ChainProblem[] }> {
  const db = openDb(database)
  let head: ChainHead = { sequence: 0, hash: GENESIS }
  const problems: ChainProblem[] = []
  for (let isLast = false; !isLast; ) {
    const rows = await db.all<ChainRow>(chainSql(resellerId, head.sequence, PAGE))
    const part = verifyLinks(secrets, head, rows.map(toLink))
    problems.push(...part.problems)
    head = part.head
    isLast = rows.length < PAGE
  }
  const query = "SELECT sequence, hash FROM audit_heads WHERE reseller_id = ?"
  const stored = await database.prepare(query).bind(resellerId).first<ChainHead>()
  const strays = await db.all(strayEntriesSql(resellerId))
  problems.push(...verifyHead(head, stored ?? undefined))
  problems.push(...strays.map((): ChainProblem => ({ sequence: 0, kind: "removed" })))
  return { head, problems }
}
