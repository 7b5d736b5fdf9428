import { expect, it } from "vitest"
import { CUSTOMER, callApi, count, createApiKey, createReseller } from "./support/app.ts"
import { runTurnsOf } from "./support/jobs.ts"

const PATH = "/invite_imports"
const row = (n: number, fields: object = {}) => ({
  ...CUSTOMER,
  company_name: `Company ${n}`,
  contact_email: `contact${n}@c${n}.x.example`,
  ...fields,
})

async function createKey(slug?: string) {
  const { resellerId } = await createReseller(slug)
  return createApiKey(resellerId)
}

it("a dry run by API responds with the verdict on each invite, and writes nothing", async () => {
  const key = await createKey()
  const invites = [
    row(1),
    row(1, { company_name: "Other" }),
    row(2, { contact_email: "nobody" }),
    row(3, { billing_phone: "+1 212 555 0187" }),
    row(4, { locale: "tlh", expires_in_days: "soon" }),
    row(5, { send_email: false }),
    row(6, { note: { text: 1 }, company_name: null }),
    row(7, { expires_in_days: 30, note: null, locale: "de" }),
    row(8, { company_name: "\ud800".repeat(3) }),
  ]
  const response = await callApi({ key, path: PATH, body: { invites, dry_run: true } })
  expect(response.status).toBe(200)
  const body = await response.json<{
    rows: { row: number; verdict: string; is_sendable: boolean; errors: object[] }[]
  }>()
  expect(body).toMatchObject({ row_count: 9, sendable_count: 3 })
  expect(body.rows.map(({ verdict }) => verdict)).toEqual([
    "ready",
    "duplicate_row",
    "invalid_email",
    "billing_phone_mismatch",
    "unknown_language",
    "unknown_field",
    "invalid_field",
    "ready",
    "ready",
  ])
  expect(body.rows[1]).toEqual({
    row: 2,
    verdict: "duplicate_row",
    is_sendable: false,
    errors: [{ field: "contact_email", code: "duplicate_row", detail: "Row 1 has the same address." }],
    similar_to: null,
  })
  expect(body.rows[4]?.errors).toHaveLength(2)
  expect([await count("jobs"), await count("job_rows"), await count("audit_log", "action GLOB 'job.*'")]).toEqual([
    0, 0, 0,
  ])
})

it("an import by API sends what can be sent, and reports every row", async () => {
  const key = await createKey()
  const body = { invites: [row(1), row(2, { contact_email: "nobody" }), row(3), row(1)] }
  const headers = { "Idempotency-Key": "import-1" }
  const response = await callApi({ key, path: PATH, body, headers })
  expect(response.status).toBe(202)
  const job = await response.json<{ id: string }>()
  expect(job).toMatchObject({ status: "running", row_count: 4, sent_count: 0, failed_count: 2, waiting_count: 2 })
  expect(response.headers.get("Location")).toBe(`/api/v1${PATH}/${job.id}`)
  const repeated = await callApi({ key, path: PATH, body, headers })
  expect([repeated.status, repeated.headers.get("Idempotency-Replayed")]).toEqual([202, "true"])
  expect([await repeated.json(), repeated.headers.get("ETag")]).toEqual([job, response.headers.get("ETag")])
  expect((await callApi({ key, path: PATH, body: { invites: [row(9)] }, headers })).status).toBe(422)
  expect(await count("jobs")).toBe(1)

  await runTurnsOf(job.id)
  const done = await (await callApi({ key, path: `${PATH}/${job.id}` })).json()
  expect(done).toMatchObject({
    status: "done",
    sent_count: 2,
    failed_count: 2,
    waiting_count: 0,
    estimated_done_at: null,
  })
  type Rows = {
    data: { row: number; status: string; code: string | null; invite_id: string | null }[]
    next_cursor: string | null
    prev_cursor: string | null
  }
  const list = async (query: string) => (await callApi({ key, path: `${PATH}/${job.id}/rows${query}` })).json<Rows>()
  const first = await list("?limit=3")
  expect(first.data.map(({ row: n, status, code }) => [n, status, code])).toEqual([
    [1, "done", null],
    [2, "failed", "invalid_email"],
    [3, "done", null],
  ])
  const second = await list(`?limit=3&cursor=${first.next_cursor}`)
  expect(second.data.map(({ row: n, code }) => [n, code])).toEqual([[4, "duplicate_row"]])
  expect(second.next_cursor).toBeNull()
  expect((await list(`?limit=3&cursor=${second.prev_cursor}`)).data).toEqual(first.data)
  expect((await list("?status=failed")).data.map(({ row: n }) => n)).toEqual([2, 4])
  const invite = await callApi({ key, path: `/invites/${first.data[0]?.invite_id}` })
  expect(await invite.json()).toMatchObject({ contact_email: "contact1@c1.x.example", send_count: 1 })
  expect(await count("audit_log", "action = 'invite.created' AND actor_kind = 'api_key'")).toBe(2)
})

it("an import by API reports rows that couldn't be sent when their turn came, as a dry run does", async () => {
  const key = await createKey()
  const known = { ...row(1), contact_email: "known@x.example" }
  const body = { invites: [known, row(2, { billing_email: "unknown@acme.example" }), row(3)] }
  const { id } = await (await callApi({ key, path: PATH, body })).json<{ id: string }>()
  const { id: inviteId } = await (await callApi({ key, path: "/invites", body: known })).json<{ id: string }>()
  await runTurnsOf(id)
  const { data } = await (await callApi({ key, path: `${PATH}/${id}/rows` })).json<{ data: object[] }>()
  const dryRun = await callApi({ key, path: PATH, body: { ...body, dry_run: true } })
  const { rows } = await dryRun.json<{ rows: { errors: object[] }[] }>()
  const [pending, unknown] = rows.map(({ errors }) => errors)
  expect(pending).toMatchObject([{ field: "contact_email", code: "invite_pending", invite_id: inviteId }])
  expect(data).toEqual([
    { row: 1, status: "failed", code: "invite_pending", errors: pending, invite_id: null },
    { row: 2, status: "failed", code: "billing_account_not_found", errors: unknown, invite_id: null },
    { row: 3, status: "done", code: null, errors: [], invite_id: expect.stringMatching(/^inv_/) },
  ])
})

it("an import can be paused, resumed and cancelled by API, and is hidden from other resellers", async () => {
  const key = await createKey()
  const other = await createKey("globex")
  const created = await callApi({ key, path: PATH, body: { invites: [row(1)] } })
  const { id } = await created.json<{ id: string }>()
  for (const path of ["", "/rows"])
    expect((await callApi({ key: other, path: `${PATH}/${id}${path}` })).status).toBe(404)
  for (const action of ["pause", "resumption", "cancellation"]) {
    expect((await callApi({ key: other, method: "POST", path: `${PATH}/${id}/${action}` })).status).toBe(404)
  }
  const statuses: unknown[] = []
  for (const action of ["pause", "resumption", "cancellation", "resumption"]) {
    const response = await callApi({ key, method: "POST", path: `${PATH}/${id}/${action}` })
    statuses.push((await response.json<{ status: string }>()).status)
  }
  expect(statuses).toEqual(["paused", "running", "cancelled", "cancelled"])
  await runTurnsOf(id)
  expect(await count("invites")).toBe(0)
})

it("names no invite or customer that the key can't read", async () => {
  const { resellerId } = await createReseller()
  expect((await callApi({ key: await createApiKey(resellerId), path: "/invites", body: CUSTOMER })).status).toBe(201)
  const key = await createApiKey(resellerId, { scopes: ["invites:write"] })
  const similar = { ...CUSTOMER, contact_email: "sam@elsewhere.example" }
  const body = { invites: [CUSTOMER, similar], dry_run: true }
  const { rows } = await (await callApi({ key, path: PATH, body })).json<{ rows: { verdict: string }[] }>()
  expect(rows.map(({ verdict }) => verdict)).toEqual(["invite_pending", "similar_company"])
  expect(JSON.stringify(rows)).not.toMatch(/inv_|Priya|Northwind/)
})

it("an import by API takes 5,000 invites, and refuses more, and bodies that are too large", async () => {
  const key = await createKey()
  const invites = Array.from({ length: 5_000 }, (_, n) => row(n))
  const dry = await callApi({ key, path: PATH, body: { invites, dry_run: true } })
  expect(await dry.json()).toMatchObject({ sendable_count: 5_000 })
  expect((await callApi({ key, path: PATH, body: { invites } })).status).toBe(202)
  expect(await count("job_rows", "status = 'waiting'")).toBe(5_000)
  const more = await callApi({ key, path: PATH, body: { invites: [...invites, row(5_000)], dry_run: true } })
  expect([more.status, await more.text()]).toEqual([422, expect.stringContaining("Send from 1 to 5000 invites.")])
  const large = await callApi({ key, path: PATH, body: { invites: [row(1, { note: "x".repeat(4_200_000) })] } })
  expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ code: "body_too_large" })])
  expect((await callApi({ key, path: PATH, body: { invites: Array(170_000).fill(null) } })).status).toBe(413)
  expect((await callApi({ key, path: PATH, body: { invites: Array(5_001).fill(null) } })).status).toBe(422)
  expect((await callApi({ key, path: PATH, body: { invites: [] } })).status).toBe(422)
  expect((await callApi({ key, path: "/invites", body: { ...CUSTOMER, note: "x".repeat(70_000) } })).status).toBe(413)
}, 60_000)
