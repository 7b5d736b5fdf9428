import { eq } from "drizzle-orm"
import { OPERATOR, type StaffActor } from "../domain/access/actor.ts"
import { insertApiKey, sha256Hex } from "../domain/access/api-keys.ts"
import { insertBillingAccount } from "../domain/billing/accounts.ts"
import type { Deps } from "../domain/deps.ts"
import { acceptInvite } from "../domain/invites/accept.ts"
import { invitePerson } from "../domain/invites/create.ts"
import { signLink } from "../domain/invites/link-token.ts"
import { createReseller, getResellerWithInvite } from "../domain/resellers/resellers.ts"
import { createDeps } from "../http/bindings.ts"
import { readSettings } from "../http/settings.ts"
import {
  apiKeys,
  billingAccounts,
  events,
  type Invite,
  invites,
  outbox,
  type Reseller,
  resellers,
  SCOPES,
  users,
} from "../storage/schema.ts"

const PASSWORD = "quiet-lantern-harbor"
const DEMO_KEY = { name: "Demo", scopes: [...SCOPES], expiresAt: null }

const RESELLERS = [
  {
    name: "Acme Networks",
    slug: "acme",
    support: { support_name: "Dana Ortiz", support_email: "support@acme.example", support_phone: "+14155550100" },
    admin: { name: "Dana Ortiz", email: "admin@acme.example" },
    staff: [{ name: "Robin Hale", email: "readonly@acme.example", role: "read_only" }],
    apiKey: "vst_local_acme_0123456789abcdef0123456789abcdef",
    billing: { poNumber: "ACME-2026", email: "billing@acme.example", phone: "+14155550132" },
  },
  {
    name: "Globex Connect",
    slug: "globex",
    support: { support_name: "Kim Sato", support_email: "support@globex.example", support_phone: "+12125550100" },
    admin: { name: "Kim Sato", email: "admin@globex.example" },
    staff: [],
    apiKey: "vst_local_globex_0123456789abcdef0123456789abcdef",
    billing: { poNumber: "GLOBEX-7", email: "billing@globex.example", phone: "+12125550187" },
  },
] as const

/**
 * Creates the missing parts of the two demo resellers, so that a second start completes an interrupted first one. Throws
 * unless `ENVIRONMENT` is `local`.
 */
export async function seedDemo(env: Env): Promise<void> {
  if (readSettings(env).ENVIRONMENT !== "local") throw new Error("demo data is for ENVIRONMENT=local only")
  // No limiter runs here. None is needed: these invites are accepted immediately, so no email is sent.
  const reserveSend: Deps["reserveSend"] = async () => ({ allowed: true, release: async () => undefined })
  const deps: Deps = { ...createDeps(env, () => undefined), reserveSend, enqueue: () => undefined }
  for (const { name, slug, support, admin, staff, billing, apiKey } of RESELLERS) {
    const reseller =
      (await findReseller(deps, slug)) ?? (await createDemoReseller(deps, { name, slug, ...support }, admin))
    const adminId = await ensureJoined(deps, admin.email)
    const actor: StaffActor = {
      kind: "staff",
      id: adminId,
      ...admin,
      role: "admin",
      locale: "en",
      reseller,
      timeZone: reseller.timeZone,
      theme: "system",
      chosenTimeZone: null,
      memberships: [],
    }
    for (const { name: contact_name, email: contact_email, role } of staff) {
      if (await findUserId(deps, contact_email)) continue
      await invitePerson(deps, actor, { contact_name, contact_email, role })
      await ensureJoined(deps, contact_email)
    }
    await ensureBillingAccount(deps, reseller.id, billing)
    await ensureApiKey(deps, actor, apiKey)
  }
}

async function findReseller({ db }: Deps, slug: string): Promise<Reseller | undefined> {
  const [existing] = await db.select().from(resellers).where(eq(resellers.slug, slug))
  return existing
}

async function createDemoReseller(deps: Deps, details: Record<string, string>, admin: { name: string; email: string }) {
  const result = await createReseller(deps, { ...details, admin_name: admin.name, admin_email: admin.email })
  if (!result.ok) throw new Error(`the demo reseller was refused: ${JSON.stringify(result.errors)}`)
  return (await getResellerWithInvite(deps, result.value.resellerId)).reseller
}

/** Accepts the invite to an address, unless the user already exists. Returns the user's id. */
async function ensureJoined(deps: Deps, email: string): Promise<string> {
  const existing = await findUserId(deps, email)
  if (existing) return existing
  const [invite] = await deps.db.select().from(invites).where(eq(invites.contactEmail, email))
  const result = invite && (await acceptDemoInvite(deps, invite))
  if (!invite || !result?.isAccepted) throw new Error(`the demo invite to ${email} was not accepted`)
  // Deletes the emails and events of the invite, so that the mailbox starts empty.
  await deps.db.batch([
    deps.db.delete(outbox).where(eq(outbox.inviteId, invite.id)),
    deps.db.delete(events).where(eq(events.inviteId, invite.id)),
  ])
  return result.userId
}

async function acceptDemoInvite(deps: Deps, invite: Invite) {
  const token = await signLink(deps.linkKeys, { invite, use: "registration", via: "email" })
  return acceptInvite(deps, token, { name: invite.contactName, password: PASSWORD, accept_terms: "on" })
}

async function findUserId({ db }: Deps, email: string): Promise<string | undefined> {
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, email))
  return user?.id
}

async function ensureBillingAccount(deps: Deps, resellerId: string, account: (typeof RESELLERS)[number]["billing"]) {
  const belongsToReseller = eq(billingAccounts.resellerId, resellerId)
  const [existing] = await deps.db
    .select({ id: billingAccounts.id })
    .from(billingAccounts)
    .where(belongsToReseller)
    .limit(1)
  if (existing) return
  const details = { firstName: null, lastName: null, address: null, ...account }
  await insertBillingAccount(deps, resellerId, OPERATOR, details)
}

async function ensureApiKey(deps: Deps, actor: StaffActor, secret: string) {
  const [existing] = await deps.db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(eq(apiKeys.secretHash, await sha256Hex(secret)))
  if (!existing) await insertApiKey(deps, actor.reseller.id, actor, { ...DEMO_KEY, secret })
}
