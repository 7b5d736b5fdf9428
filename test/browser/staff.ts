import type { BrowserContextOptions } from "playwright-core"
import { expect } from "vitest"
import { openPage, type startFixture } from "./support.ts"

type Fixture = ReturnType<typeof startFixture>

/** The Admin and the API key of the demo data. */
export const STAFF = { email: "admin@acme.example", password: "quiet-lantern-harbor" }
const API_KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"

/** The dashboard, after the Admin has signed in. */
export async function openAsStaff({ browser, server }: Fixture, options: BrowserContextOptions = {}) {
  const opened = await openPage(browser, server.url, { viewport: { width: 1280, height: 800 }, ...options })
  const { page } = opened
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill(STAFF.email)
  await page.getByLabel("Password").fill(STAFF.password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await page.waitForURL((url) => url.pathname === "/")
  return opened
}

/** Creates a record by the API, and returns its id. */
export async function createByApi({ server }: Fixture, path: string, body: object): Promise<string> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  })
  const created: { id: string } = await response.json()
  expect([path, response.status, created]).toEqual([path, 201, expect.objectContaining({ id: expect.any(String) })])
  return created.id
}

/** Creates an invite to a customer, without an email unless `fields` say so. */
export const createInvite = (fixture: Fixture, company: string, fields: object = {}) =>
  createByApi(fixture, "/invites", {
    company_name: company,
    contact_name: "Priya Nair",
    contact_email: `${company.toLowerCase().replaceAll(" ", "-")}@example.com`,
    billing_email: "billing@acme.example",
    billing_phone: "+1 415 555 0132",
    send_email: false,
    ...fields,
  })
