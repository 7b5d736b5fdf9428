import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { toSearchRuns } from "../src/domain/invites/search-text.ts"
import {
  type ApiCall,
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

type Budget = [roundTrips: number, rowsRead: number, rowsWritten: number, bytes: number]
type Request = (visitor: { api: (call: ApiCall) => Promise<Response>; browser: Browser }) => Promise<Response>

const post = (path: string, body?: unknown): ApiCall => ({ method: "POST", path, body })
const id = (n: number) => `inv_${String(n).padStart(26, "0")}`

const names = { companyName: "Meridian Labs", contactName: "Ana Ortiz", contactEmail: "ana@h.h" }

/** Adds as many invites, all of which a search for `h.h` finds. */
function fillInvites(resellerId: string, billingAccountId: string, total: number) {
  return env.DB.prepare(
    `WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?3)
     INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, expires_at, search_runs)
     SELECT printf('inv_%026d', value), printf('%011d', value), ?1, 'customer', ?1, iif(value % 7 = 0, 'accepted', 'pending'), 'sent', ?4, ?5, value || '-' || ?6,
       ?2, 'billing@acme.example', '+14155550132', 'en', 1, 14, 1, 'aud_z' || value, 'usr_x', 0, 4102444800000, ?7 FROM numbers`,
  )
    .bind(resellerId, billingAccountId, total, ...Object.values(names), toSearchRuns({ kind: "customer", ...names }))
    .run()
}

/** For each request its round trips, and at most so many rows read, rows written and bytes. */
const BUDGETS: [name: string, budget: Budget, request: Request][] = [
  ["list", [1, 28, 0, 14_500], ({ api }) => api({ path: "/invites" })],
  ["get", [1, 3, 0, 600], ({ api }) => api({ path: `/invites/${id(3)}` })],
  ["list by email status", [1, 53, 0, 14_500], ({ api }) => api({ path: "/invites?email_status=sent" })],
  ["search", [1, 60, 0, 14_500], ({ api }) => api({ path: "/invites?q=meridian" })],
  ["search of three letters", [1, 53, 0, 14_500], ({ api }) => api({ path: "/invites?q=h.h" })],
  ["create", [1, 24, 31, 600], ({ api }) => api(post("/invites", CUSTOMER))],
  ["accept", [4, 56, 61, 100], ({ browser }) => acceptLatest(browser)],
  ["edit", [2, 26, 16, 600], ({ api }) => api({ method: "PATCH", path: `/invites/${id(1)}`, body: { note: "Hello" } })],
  ["resend", [2, 28, 30, 600], ({ api }) => api(post(`/invites/${id(2)}/resends`))],
  ["revoke", [1, 23, 22, 600], ({ api }) => api(post(`/invites/${id(3)}/revocation`))],
  ["page of invites", [1, 42, 0, 41_500], ({ browser }) => browser.get("/customers/invites")],
  ["page of a search", [1, 65, 0, 41_500], ({ browser }) => browser.get("/customers/invites?q=h.h")],
  ["dashboard", [1, 58, 0, 13_000], ({ browser }) => browser.get("/")],
  ["page of an invite", [1, 13, 0, 7_200], ({ browser }) => browser.get(`/customers/invites/${id(4)}`)],
]

/** Registers with the link of the invite that was created. */
async function acceptLatest({ env: bindings }: Browser): Promise<Response> {
  const contact = new Browser()
  contact.env = bindings
  return contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
}

it.each([10, 100_000])("requests keep to their budgets with %i invites", { timeout: 120_000 }, async (total) => {
  const { browser, resellerId, billingId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await fillInvites(resellerId, billingId, total)
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const api = (call: ApiCall) => callApi({ key, env: browser.env, ...call })
  await api({ path: "/invites" }) // the isolate knows the key and the session from now on
  await browser.get("/")
  for (const [name, [roundTrips, ...most], request] of BUDGETS) {
    Object.assign(costs, { roundTrips: 0, rowsRead: 0, rowsWritten: 0 })
    const response = await request({ api, browser })
    const used = [costs.rowsRead, costs.rowsWritten, (await response.arrayBuffer()).byteLength]
    expect([name, response.status < 400, costs.roundTrips]).toEqual([name, true, roundTrips])
    expect(
      used.map((amount, n) => amount <= (most[n] ?? 0)),
      `${name}: ${used}`,
    ).toEqual([true, true, true])
  }
})
