import type { Deps } from "../deps.ts"
import { type HashingDeps, withHashSlot } from "./hash-slots.ts"
import { hashPassword, normalizePassword, verifyPassword } from "./password.ts"

/**
 * True if this is the password of the hash. Every entrance asks here. Without a hash, as for an address that nobody has, the answer
 * is false at the same cost; a password that is too long costs nothing.
 */
export async function checkPassword(deps: HashingDeps, hash: string | null, password: string): Promise<boolean> {
  if (normalizePassword(password) === undefined) return false
  if (hash) {
    deps.takeHashSlot()
    return verifyPassword({ hash, password })
  }
  await hashNewPassword(deps, password)
  return false
}

/** Hashes a new password. Throws `rate_limited` while others are hashed. */
export function hashNewPassword(deps: Deps, password: string): Promise<string> {
  return withHashSlot(deps, async ({ takeHashSlot }) => {
    takeHashSlot()
    return hashPassword(password)
  })
}
