import { Hono } from "hono"

// The least that a service on this platform costs: Hono and one statement, without a session, key, check or header of ours.

const COLUMNS = "id, reseller_id, company_name, contact_name, contact_email, status, created_at, expires_at"
const LIST = `SELECT ${COLUMNS} FROM invites WHERE reseller_id = ? ORDER BY id DESC LIMIT 25`
const GET = `SELECT ${COLUMNS} FROM invites WHERE id = ?`
const INSERT = `INSERT INTO invites (${COLUMNS}) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)`
const LIFETIME_MS = 14 * 86_400_000

const app = new Hono<{ Bindings: { DB: D1Database } }>()

app.get("/", (c) => c.text("ok"))

app.get("/:reseller/invites", async (c) => {
  const { results } = await c.env.DB.prepare(LIST).bind(c.req.param("reseller")).all()
  return c.json({ data: results })
})

app.get("/:reseller/invites/:id", async (c) => {
  const { results } = await c.env.DB.prepare(GET).bind(c.req.param("id")).all()
  return c.json(results[0])
})

app.post("/:reseller/invites", async (c) => {
  const { company_name, contact_name, contact_email } = await c.req.json()
  const id = `inv_${crypto.randomUUID()}`
  const now = Date.now()
  const values = [id, c.req.param("reseller"), company_name, contact_name, contact_email, now, now + LIFETIME_MS]
  await c.env.DB.prepare(INSERT)
    .bind(...values)
    .run()
  return c.json({ id, company_name, contact_name, contact_email, status: "pending", created_at: now }, 201)
})

export default app
