import type { Deps } from "../deps.ts"
import { isTooLong } from "../validation.ts"
import { hashPassword, PASSWORD_MAX, verifyPassword } from "./password.ts"

/** Whose password is checked: a user, or an address that nobody has. Without a hash, no password is right. */
export type PasswordHolder = { id: string; passwordHash: string | null }

/** True if this is the password. Every entrance asks here. Without a hash, the answer costs the same. */
export async function checkPassword(
  _deps: Pick<Deps, "now">,
  { passwordHash }: PasswordHolder,
  password: string,
): Promise<boolean> {
  if (isTooLong(password, PASSWORD_MAX)) return false
  if (passwordHash) return verifyPassword({ hash: passwordHash, password })
  await hashPassword(password)
  return false
}
