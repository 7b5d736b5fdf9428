import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { credentials, users } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"

const { id, name, email, reference, linkVersion } = getTableColumns(users)

/** A user with what their sign-in depends on. `passwordHash` is null if they have no password. */
export type UserCredentials = {
  id: string
  name: string
  email: string
  reference: string
  linkVersion: number
  passwordHash: string | null
}

/** A user as they were when their password was checked. */
export type CheckedUser = Pick<UserCredentials, "id" | "linkVersion">

/** SQL condition: neither the password nor the address has changed since the user was read. */
export function isUnchangedUser(user: CheckedUser): SQL {
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${user.id} AND ${users.linkVersion} = ${user.linkVersion})`
}

/** The user that matches the condition. */
export async function findCredentials(
  { db }: Pick<Deps, "db">,
  condition: SQL | undefined,
): Promise<UserCredentials | undefined> {
  const [user] = await credentialsQuery(db, condition)
  return user
}

/** The statement that reads the user that matches the condition. */
export function credentialsQuery(db: Deps["db"], condition: SQL | undefined) {
  return db
    .select({ id, name, email, reference, linkVersion, passwordHash: credentials.password })
    .from(users)
    .leftJoin(credentials, and(eq(credentials.userId, users.id), eq(credentials.providerId, PASSWORD_PROVIDER)))
    .where(condition)
}

/** The query for a user's password: one row, or none if they have no password. */
export function passwordQuery(db: Deps["db"], userId: string) {
  return db
    .select({ id: credentials.id })
    .from(credentials)
    .where(and(eq(credentials.userId, userId), eq(credentials.providerId, PASSWORD_PROVIDER)))
}

/** The row of a user's password. */
export function newPasswordCredential(userId: string, passwordHash: string, now: Date) {
  const credential = { id: newId("crd", now), userId, providerId: PASSWORD_PROVIDER, accountId: userId }
  return { ...credential, password: passwordHash, createdAt: now, updatedAt: now }
}

/** The kind of credential that is a password, as Better Auth names it. */
const PASSWORD_PROVIDER = "credential"
