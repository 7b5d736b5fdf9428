import { newId } from "../storage/ids.ts"
import { credentials, type Reseller, resellers, type StaffRole, staff, users } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"
import { hashPassword } from "./password.ts"

/** Opens a reseller, the tenant that everything else belongs to. */
export async function openReseller(
  { db, now }: Pick<Deps, "db" | "now">,
  details: Pick<Reseller, "name" | "slug" | "supportEmail"> & Partial<Pick<Reseller, "supportName" | "supportPhone">>,
): Promise<{ id: string }> {
  const id = newId("res", now())
  await db.insert(resellers).values({ id, ...details, createdAt: now() })
  return { id }
}

/** Adds a person to a reseller's staff, with a password to sign in by. */
export async function addStaff(
  { db, now }: Pick<Deps, "db" | "now">,
  resellerId: string,
  person: { name: string; email: string; password: string; role: StaffRole },
): Promise<{ userId: string }> {
  const at = now()
  const times = { createdAt: at, updatedAt: at }
  const userId = newId("usr", at)
  const password = await hashPassword(person.password)
  const login = { providerId: "credential", accountId: userId, password }
  await db.batch([
    db.insert(users).values({ id: userId, name: person.name, email: person.email, emailVerified: true, ...times }),
    db.insert(credentials).values({ id: newId("crd", at), userId, ...login, ...times }),
    db.insert(staff).values({ userId, resellerId, role: person.role, createdAt: at }),
  ])
  return { userId }
}
