import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import type { ResellerActor } from "../src/domain/access/actor.ts"
import { previewBulkAction, startBulkAction } from "../src/domain/jobs/bulk.ts"
import type { Selection } from "../src/domain/jobs/selection.ts"
import { createDeps } from "../src/http/bindings.ts"
import { SCOPES } from "../src/storage/schema.ts"
import { count, createReseller, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { jobDeps, jobResults } from "./support/jobs.ts"
import { insertInvites } from "./support/search-invites.ts"

const actorOf = (resellerId: string): ResellerActor => ({
  kind: "api_key",
  id: "key_1",
  name: "CRM",
  scopes: SCOPES,
  reseller: { id: resellerId, name: "Acme Networks" },
})

/** A reseller with so many pending invites. Every third is of a company in Bremen; every hundredth is revoked. */
async function createListed(size: number) {
  const { resellerId } = await createReseller()
  await insertInvites(
    resellerId,
    Array.from({ length: size }, (_, i) => ({
      contactName: `Person ${i}`,
      contactEmail: `person${i}@listed.example`,
      companyName: i % 3 === 0 ? `Bremen Logistics ${i}` : `Company ${i}`,
    })),
  )
  await env.DB.prepare("UPDATE invites SET status = 'revoked' WHERE seq % 100 = 0").run()
  return resellerId
}

const idsWhere = async (where: string, limit = 5_000) => {
  const { results } = await env.DB.prepare(
    `SELECT id FROM invites WHERE ${where} ORDER BY seq DESC LIMIT ${limit}`,
  ).all<{ id: string }>()
  return results.map(({ id }) => id)
}

it("a bulk action takes exactly what the filter finds, newest first, as it is when it is confirmed", async () => {
  const resellerId = await createListed(900)
  const actor = actorOf(resellerId)
  const overdue = "UPDATE invites SET expires_at = 1 WHERE seq % 50 = 7"
  await env.DB.prepare(overdue).run()
  await env.DB.prepare("UPDATE invites SET status = 'expired' WHERE seq % 50 = 9").run()
  const cases: [Selection, string][] = [
    [{ filter: {} }, "1"],
    [{ filter: { status: "revoked" } }, "status = 'revoked'"],
    [{ filter: { status: "pending" } }, "status = 'pending' AND expires_at > 1"],
    [{ filter: { status: "expired" } }, "status = 'expired' OR (status = 'pending' AND expires_at = 1)"],
    [{ filter: { search: "bremen" } }, "company_name LIKE 'Bremen%'"],
    [{ filter: { search: "bremen", status: "revoked" } }, "company_name LIKE 'Bremen%' AND status = 'revoked'"],
    [{ filter: { search: "!!" } }, "0"],
    [{ filter: { invitedBy: "usr_x" } }, "1"],
    [{ filter: { search: "person123@" } }, "contact_email LIKE 'person123@%'"],
    [{ inviteIds: await idsWhere("seq % 100 < 2") }, "seq % 100 < 2"],
    [{ inviteIds: ["inv_none", "inv_none"] }, "0"],
  ]
  for (const [selection, where] of cases) {
    const deps = jobDeps([])
    const expected = await idsWhere(where)
    const preview = await previewBulkAction(deps, actor, { kind: "revoke", selection })
    const job = await startBulkAction(deps, actor, { kind: "revoke", selection }, preview.total)
    const rows = job ? await jobResults(job.id) : []
    const taken = rows.map(({ invite_id }) => invite_id)
    expect([JSON.stringify(selection), preview.total, taken.length]).toEqual([
      JSON.stringify(selection),
      expected.length,
      expected.length,
    ])
    expect(new Set(taken)).toEqual(new Set(expected))
    if (!JSON.stringify(selection).includes("expired")) expect(taken).toEqual(expected)
    const obstacles = await idsWhere(`(${where}) AND (status <> 'pending' OR expires_at = 1)`)
    expect([...preview.obstacles.values()].reduce((sum, n) => sum + n, 0)).toBe(obstacles.length)
    expect(preview.applicable).toBe(preview.total - obstacles.length)
  }
  expect(await count("jobs", "status = 'draft'"), "those without invites are gone").toBe(0)
})

it("5,000 of 12,000 matching invites are taken in a few round trips, and the page says that there are more", async () => {
  const resellerId = await createListed(12_000)
  const actor = actorOf(resellerId)
  for (const [search, roundTrips] of [
    ["", 5],
    ["person", 7],
  ] as const) {
    const { database, costs } = countingD1(env.DB)
    const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
    const selection = { filter: search ? { search } : {} }
    const preview = await previewBulkAction(deps, actor, { kind: "resend", selection })
    expect(preview).toMatchObject({ total: 5_000, hasMore: true })
    const job = await startBulkAction(deps, actor, { kind: "resend", selection }, preview.total)
    const taken = (await jobResults(job?.id ?? "")).map(({ invite_id }) => invite_id)
    expect(taken).toEqual(await idsWhere("1"))
    expect(costs.roundTrips).toBeLessThanOrEqual(roundTrips)
  }
})

it("a search that looks through its index in parts finds what matches in all of them", async () => {
  const resellerId = await createListed(36_000)
  const { database, costs } = countingD1(env.DB)
  const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
  const action = { kind: "revoke" as const, selection: { filter: { search: "bremen", status: "revoked" as const } } }
  const expected = await idsWhere("company_name LIKE 'Bremen%' AND status = 'revoked'")
  const preview = await previewBulkAction(deps, actorOf(resellerId), action)
  expect([preview.total, preview.hasMore, costs.roundTrips]).toEqual([expected.length, false, 2])
  const job = await startBulkAction(deps, actorOf(resellerId), action, preview.total)
  expect((await jobResults(job?.id ?? "")).map(({ invite_id }) => invite_id)).toEqual(expected)
})

it("a bulk action that would take many more invites than confirmed does nothing", async () => {
  const resellerId = await createListed(300)
  const deps = jobDeps([])
  const action = { kind: "revoke" as const, selection: { filter: {} } }
  expect(await startBulkAction(deps, actorOf(resellerId), action, 200)).toBeUndefined()
  expect([await count("jobs"), await count("job_rows")]).toEqual([0, 0])
  expect(await startBulkAction(deps, actorOf(resellerId), action, 290)).toMatchObject({ rowCount: 300 })
})

it("neither other resellers' invites nor their jobs can be reached", async () => {
  const resellerId = await createListed(20)
  const other = await createReseller("globex")
  const ids = await idsWhere("1")
  const deps = jobDeps([])
  const action = { kind: "revoke" as const, selection: { inviteIds: ids } }
  expect((await previewBulkAction(deps, actorOf(other.resellerId), action)).total).toBe(0)
  expect(await startBulkAction(deps, actorOf(other.resellerId), action, 20)).toBeUndefined()
  const move = { kind: "move_billing" as const, selection: { inviteIds: ids }, billingAccountId: other.billingId }
  await expect(startBulkAction(deps, actorOf(resellerId), move, 20)).rejects.toThrow("billing_account_not_found")
})
