import { eq } from "drizzle-orm"
import type { StaffActor } from "../../src/domain/access/actor.ts"
import type { Deps } from "../../src/domain/deps.ts"
import { checkImport, createImport } from "../../src/domain/imports/drafts.ts"
import { getImport } from "../../src/domain/imports/find.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { resellers, type StaffRole } from "../../src/storage/schema.ts"
import { addStaff, type Browser, createReseller, db, signInAs, testEnv } from "./app.ts"

export const IMPORT_BILLING = { billing_email: "billing@acme.example", billing_phone: "+14155550132" }
const IMPORT_HEADER = "company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days"

const PREFERENCES = { theme: "system", chosenTimeZone: null } as const

/** A reseller's staff user, as operations get them and with a browser. */
export async function createStaffActor(role: StaffRole = "admin") {
  const { resellerId, billingId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role })
  const [reseller] = await db.select().from(resellers).where(eq(resellers.id, resellerId))
  if (!reseller) throw new Error("there is no reseller")
  const person = { id: userId, name: "Dana Ortiz", email: "dana@acme.example", role, locale: "en" as const }
  const actor: StaffActor = { kind: "staff", ...person, reseller, timeZone: "UTC", ...PREFERENCES, memberships: [] }
  return { actor, billingId, browser: await signInAs(userId) }
}

/** A draft of these lines whose rows were checked. Rows without a billing account have Acme's. */
export async function createCheckedImport(
  actor: StaffActor,
  lines: string[],
  deps: Deps = createDeps(testEnv, () => undefined),
  header = IMPORT_HEADER,
): Promise<string> {
  const created = await createImport(deps, actor, [header, ...lines].join("\n"), "customers.csv")
  if (!("id" in created)) throw new Error(created.problem.kind)
  const { params } = await getImport(deps, actor, created.id)
  await checkImport(deps, actor, created.id, {
    hasHeader: true,
    columns: params.columns ?? {},
    defaults: IMPORT_BILLING,
  })
  return created.id
}

/** Lines of so many companies. */
export const importLines = (count: number, domain = "x.example") =>
  Array.from({ length: count }, (_, n) => `Company ${n},Contact ${n},contact${n}@${domain},,,,,`)

/** Uploads a file and accepts the columns that were guessed. Returns the id of the import. */
export async function importOnPages(
  browser: Browser,
  csv: string,
  mapping: Record<string, string> = {},
): Promise<string> {
  const uploaded = await browser.upload("/customers/invites/imports", "file", new File([csv], "customers.csv"))
  const path = uploaded.headers.get("Location") ?? ""
  const id = /job_[0-9a-z]{26}/.exec(path)?.[0]
  if (!id) throw new Error(`uploading answered ${uploaded.status}`)
  const page = await (await browser.get(path)).text()
  const checked = await browser.post(path, { ...selectedValues(page), ...mapping })
  if (checked.status !== 303) throw new Error(`checking answered ${checked.status}`)
  return id
}

/** What a browser would post of a form with selects and checkboxes. */
function selectedValues(html: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [, name = "", options = ""] of html.matchAll(/<select[^>]* name="([^"]+)"[^>]*>(.*?)<\/select>/gs)) {
    values[name] =
      /<option value="([^"]*)"[^>]* selected/.exec(options)?.[1] ?? /<option value="([^"]*)"/.exec(options)?.[1] ?? ""
  }
  for (const [input] of html.matchAll(/<input type="checkbox"[^>]*>/g)) {
    if (/ checked/.test(input)) values[/name="([^"]+)"/.exec(input)?.[1] ?? ""] = "on"
  }
  return values
}
