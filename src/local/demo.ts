import { eq } from "drizzle-orm"
import { digestOf, writeApiKey } from "../domain/api-keys.ts"
import { openBillingAccount } from "../domain/billing-accounts.ts"
import { addStaff, openReseller } from "../domain/resellers.ts"
import { openDb } from "../storage/db.ts"
import { apiKeys, billingAccounts, resellers, SCOPES, users } from "../storage/schema.ts"

const PASSWORD = "quiet-lantern-harbor"
const OPERATOR = { kind: "operator", id: "operator" } as const
const DEMO_KEY = { name: "Demo", scopes: [...SCOPES], expiresAt: null, submissionId: "demo" }

const RESELLERS = [
  {
    name: "Acme Networks",
    slug: "acme",
    support: { supportName: "Dana Ortiz", supportEmail: "support@acme.example", supportPhone: "+14155550100" },
    staff: [
      { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" },
      { name: "Robin Hale", email: "readonly@acme.example", role: "read_only" },
    ],
    apiKey: "vst_local_acme_0123456789abcdef0123456789abcdef",
    billing: { poNumber: "ACME-2026", email: "billing@acme.example", phone: "+14155550132" },
  },
  {
    name: "Globex Connect",
    slug: "globex",
    support: { supportName: "Kim Sato", supportEmail: "support@globex.example", supportPhone: "+12125550100" },
    staff: [{ name: "Kim Sato", email: "admin@globex.example", role: "admin" }],
    apiKey: "vst_local_globex_0123456789abcdef0123456789abcdef",
    billing: { poNumber: "GLOBEX-7", email: "billing@globex.example", phone: "+12125550187" },
  },
] as const

/** Makes what is not there yet of the two demo resellers, so that an interrupted start is made good by the next. Refuses to run anywhere but on a developer's machine. */
export async function seedDemo(env: Env): Promise<void> {
  if (env.ENVIRONMENT !== "local") throw new Error("demo data is for ENVIRONMENT=local only")
  const deps = { db: openDb(env.DB), now: () => new Date() }
  for (const { name, slug, support, staff, billing, apiKey } of RESELLERS) {
    const [known] = await deps.db.select({ id: resellers.id }).from(resellers).where(eq(resellers.slug, slug))
    const { id } = known ?? (await openReseller(deps, { name, slug, ...support }))
    for (const person of staff) {
      const [there] = await deps.db.select({ id: users.id }).from(users).where(eq(users.email, person.email))
      if (!there) await addStaff(deps, id, { ...person, password: PASSWORD })
    }
    const own = eq(billingAccounts.resellerId, id)
    const [account] = await deps.db.select({ id: billingAccounts.id }).from(billingAccounts).where(own).limit(1)
    if (!account)
      await openBillingAccount(deps, id, OPERATOR, { firstName: null, lastName: null, address: null, ...billing })
    const [key] = await deps.db
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(eq(apiKeys.digest, await digestOf(apiKey)))
    if (key) continue
    const [admin] = await deps.db.select({ id: users.id }).from(users).where(eq(users.email, staff[0].email))
    const by = { ...OPERATOR, id: admin?.id ?? OPERATOR.id } // whose invites are those that it makes
    await writeApiKey(deps, id, by, { ...DEMO_KEY, secret: apiKey })
  }
}
