import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { sealAuditLog } from "../../src/domain/audit/seal.ts"
import { count, db } from "./app.ts"
import { verifyChain } from "./audit.ts"

/** Every value of every table, also of the search index, as bytes. */
async function dumpDatabase(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'invite_search'",
  ).all<{ name: string }>()
  const tables = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)))
  return tables
    .flatMap((table) => table.results.flatMap((row) => Object.values(row as object)))
    .map((value) => (Array.isArray(value) ? Buffer.from(value).toString("latin1") : String(value)))
    .join("\n")
}

/** What is left of these values in the database, in any spelling. */
export async function findLeft(...values: string[]): Promise<string[]> {
  const dump = (await dumpDatabase()).toLowerCase()
  return values.filter((value) => dump.includes(value.toLowerCase()))
}

/** The reseller's audit log verifies, before and after the newest entries are sealed. */
export async function expectIntact(resellerId: string) {
  expect(await verifyChain(resellerId)).toEqual([])
  await sealAuditLog({ db, now: () => new Date() })
  expect(await verifyChain(resellerId)).toEqual([])
  expect(await count("audit_seals", `reseller_id = '${resellerId}'`)).toBeGreaterThan(0)
}
