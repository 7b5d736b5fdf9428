import { EVENT_LIST_DAYS } from "../../src/domain/events/list.ts"
import type { Client } from "../bench/client.ts"
import { SECRETS } from "../bench/runtime.ts"
import { verifyChainIn } from "../support/verify-chain.ts"
import type { Visitor } from "./group-pages.ts"

const DAY_MS = 86_400_000

/** Verifies the audit log in both groups. Returns how many seals it has. */
export async function verifyChain(groups: D1Database[], numbers: number[], resellerId: string): Promise<number> {
  const chains = []
  for (const number of numbers) {
    const chain = await verifyChainIn(groups[number - 1] as D1Database, resellerId, [SECRETS.AUTH_SECRET])
    if (chain.problems.length > 0) throw new Error(`group ${number}: ${JSON.stringify(chain.problems.slice(0, 5))}`)
    chains.push(chain.head)
  }
  if (new Set(chains.map((head) => JSON.stringify(head))).size !== 1)
    throw new Error("the chains of both groups differ")
  return chains[0]?.sequence ?? 0
}

/** The id of an event of the reseller that is so old that programs may still read on from it. */
export async function eventCursor(database: D1Database, resellerId: string): Promise<string> {
  const sql = "SELECT id FROM events WHERE reseller_id = ? AND is_public = 1 AND occurred_at > ? ORDER BY seq LIMIT 1"
  const id = await database
    .prepare(sql)
    .bind(resellerId, Date.now() - EVENT_LIST_DAYS * DAY_MS)
    .first<string>("id")
  if (!id) throw new Error("the reseller has no recent event")
  return id
}

/** Throws unless programs are answered alike in both groups: lists, a search for a common and a rare word, customers, and further events. */
export async function compareAnswers(
  source: Client,
  target: Client,
  { visitor: { apiKey }, cursor }: { visitor: Visitor; cursor: string },
): Promise<void> {
  const lists = ["invites?limit=100", "invites?q=haddad&limit=100", "invites?q=live+0", "customers?limit=100"]
  const paths = [...lists, `events?limit=100&cursor=${cursor}`]
  for (const path of paths) {
    const call = { path: `/api/v1/${path}`, headers: { Authorization: `Bearer ${apiKey}` } }
    const [one, other] = [await source.send(call), await target.send(call)]
    if (one.status !== 200 || !one.body.equals(other.body)) throw new Error(`${path}: the groups answer differently`)
    if (JSON.parse(one.body.toString()).data.length === 0) throw new Error(`${path} found nothing`)
  }
}
