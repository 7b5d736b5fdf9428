import type { Deps } from "../deps.ts"
import { hashPassword, normalizePassword, verifyPassword } from "./password.ts"

/** Whose password is checked: a user, or an address that nobody has. Without a hash, no password is right. */
export type PasswordHolder = { id: string; passwordHash: string | null }

/**
 * True if this is the password. Every entrance asks here. Without a hash, the answer costs the same; a password that is too long
 * costs nothing.
 */
export async function checkPassword(
  _deps: Pick<Deps, "now">,
  { passwordHash }: PasswordHolder,
  password: string,
): Promise<boolean> {
  if (normalizePassword(password) === undefined) return false
  if (passwordHash) return verifyPassword({ hash: passwordHash, password })
  await hashPassword(password)
  return false
}
