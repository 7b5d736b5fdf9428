import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { sql } from "drizzle-orm"
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core"
import { root } from "../build/files.ts"
import { runNode, wrangler } from "../build/run-node.ts"
import { type ChainHead, GENESIS, verifyHead, verifyLinks } from "../domain/audit/seal-chain.ts"
import { type ChainRow, chainSql, strayEntriesSql, toLink } from "../domain/audit/verify.ts"

// Verifies the audit log of every reseller: `npm run audit:verify`, or `npm run audit:verify -- --remote` for the deployed database.
// Further arguments go to `wrangler d1 execute`, such as --persist-to or --config. `--expect RESELLER:NUMBER:HASH`, once or more, also
// checks that a seal that was noted earlier is still in its chain. Purges are verified with `AUTH_SECRET` of the environment, or else of
// .dev.vars; after a replacement add the earlier values, with spaces between them. Ends with 1 if anything was altered, and with 2 if
// it can't tell.

const ROWS_PER_QUERY = 2_000
const dialect = new SQLiteSyncDialect()

const USAGE = `Usage: npm run audit:verify -- [--remote] [--config FILE] [--persist-to FOLDER] [--expect RESELLER:NUMBER:HASH]…`

const args = process.argv.slice(2)
if (args.includes("--help") || args.includes("-h")) {
  console.log(USAGE)
  process.exit(0)
}
const expected = args.flatMap((arg, i) => (args[i - 1] === "--expect" ? [arg] : []))
const wranglerArgs = args.filter((arg, i) => arg !== "--expect" && args[i - 1] !== "--expect")
if (!wranglerArgs.includes("--remote") && !wranglerArgs.includes("--local")) wranglerArgs.push("--local")

const secrets = await readSecrets()
let problemCount = 0
let unprovenCount = 0
try {
  const resellers = await query<{ id: string; sequence: number | null; hash: string | null }>(
    sql`SELECT chain.id, head.sequence, head.hash FROM (SELECT reseller_id AS id FROM audit_entries
        UNION SELECT reseller_id FROM audit_seals UNION SELECT reseller_id FROM audit_heads) AS chain
      LEFT JOIN audit_heads AS head ON head.reseller_id = chain.id ORDER BY chain.id`,
  )
  for (const { id, sequence, hash } of resellers) {
    await verifyReseller(id, sequence === null || hash === null ? undefined : { sequence, hash })
  }
  for (const noted of expected) {
    const isInChain = resellers.some(({ id }) => noted.startsWith(`${id}:`))
    if (!isInChain) report(noted.split(":")[0] ?? "", "has no seals, but one was noted")
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
}
if (secrets.length === 0 && unprovenCount > 0) {
  console.error(`${unprovenCount} entries were emptied by purges. Set AUTH_SECRET to verify these.`)
  if (problemCount === 0) process.exit(2)
}
console.log(problemCount === 0 ? "The audit log is intact." : `Problems found: ${problemCount}.`)
process.exit(problemCount === 0 ? 0 : 1)

async function verifyReseller(id: string, stored: ChainHead | undefined) {
  const noted = new Set(expected.filter((one) => one.startsWith(`${id}:`)))
  let head: ChainHead = { sequence: 0, hash: GENESIS }
  for (let isLast = false; !isLast; ) {
    const rows = await query<ChainRow>(chainSql(id, head.sequence, ROWS_PER_QUERY))
    const part = verifyLinks(secrets, head, rows.map(toLink))
    for (const { sequence, kind } of part.problems) {
      if (kind === "purge_unproven" && secrets.length === 0) unprovenCount++
      else report(id, `entry ${sequence}: ${kind}`)
    }
    for (const row of rows) noted.delete(`${id}:${row.sequence}:${row.hash}`)
    head = part.head
    isLast = rows.length < ROWS_PER_QUERY
  }
  for (const { sequence, kind } of verifyHead(head, stored)) report(id, `entry ${sequence}: ${kind}`)
  for (const stray of await query<{ id: string }>(strayEntriesSql(id))) report(id, `${stray.id}: its seal was removed`)
  for (const one of noted) report(id, `the noted seal ${one} is not in the chain`)
  console.log(`${id}:${head.sequence}:${head.hash}`)
}

async function readSecrets(): Promise<string[]> {
  const isRemote = wranglerArgs.includes("--remote")
  const file = isRemote ? "" : await readFile(join(root, ".dev.vars"), "utf8").catch(() => "")
  return (process.env.AUTH_SECRET ?? parseEnv(file).AUTH_SECRET ?? "").split(" ").filter(Boolean)
}

function report(resellerId: string, problem: string) {
  problemCount++
  console.log(`${resellerId} ${problem}`)
}

async function query<T>(statement: ReturnType<typeof chainSql>): Promise<T[]> {
  const text = dialect.sqlToQuery(statement.inlineParams()).sql.replace(/\s+/g, " ")
  const { ok, stdout, output } = await runNode(wrangler, [
    ...["d1", "execute", "DB", "--json", "--yes", "--command", text],
    ...wranglerArgs,
  ])
  const json = stdout.slice(stdout.indexOf("["), stdout.lastIndexOf("]") + 1)
  if (!ok || !json) throw new Error(output)
  return JSON.parse(json)[0].results
}
