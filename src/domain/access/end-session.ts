import { eq } from "drizzle-orm"
import { sessions } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"

/** Ends the session of a token. Returns the id of its user; undefined if it had ended before. */
export async function endSession({ db }: Pick<Deps, "db">, token: string): Promise<string | undefined> {
  const [ended] = await db.delete(sessions).where(eq(sessions.token, token)).returning({ userId: sessions.userId })
  return ended?.userId
}
