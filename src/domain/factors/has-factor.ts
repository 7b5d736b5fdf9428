import { type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { authenticators, passkeys } from "../../storage/schema.ts"

/** SQL condition: the user has a second factor, so the password alone opens no session. Any passkey or authenticator app counts. */
export function hasFactor(userId: string | SQLiteColumn): SQL {
  return sql`(EXISTS (SELECT 1 FROM ${passkeys} WHERE ${passkeys.userId} = ${userId})
    OR EXISTS (SELECT 1 FROM ${authenticators} WHERE ${authenticators.userId} = ${userId}))`
}
