import { hashPassword, normalizePassword, verifyPassword } from "./password.ts"

/**
 * True if this is the password of the hash. Every entrance asks here. Without a hash, as for an address that nobody has, the answer
 * is false at the same cost; a password that is too long costs nothing.
 */
export async function checkPassword(hash: string | null, password: string): Promise<boolean> {
  if (normalizePassword(password) === undefined) return false
  if (hash) return verifyPassword({ hash, password })
  await hashPassword(password)
  return false
}
