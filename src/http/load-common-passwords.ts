import { addCommonPasswords, hasCommonPasswords } from "../domain/access/common-passwords.ts"
import { Failure } from "../domain/failure.ts"
import { logError } from "./log.ts"
import { readAsset } from "./read-asset.ts"

const RETRY_MS = 10_000

/** Reads the common passwords, a static asset, once per isolate. Throws `rate_limited` with the scope `busy` if that isn't possible. */
export async function loadCommonPasswords(env: Pick<Env, "ASSETS">): Promise<void> {
  if (hasCommonPasswords()) return
  try {
    const response = await readAsset(env, "common-passwords.bin")
    addCommonPasswords(new Uint8Array(await response.arrayBuffer()))
  } catch (error) {
    logError("the common passwords couldn't be loaded, so no new password is accepted", error)
    const resetAt = new Date(Date.now() + RETRY_MS)
    throw new Failure({ kind: "rate_limited", scope: "busy", limit: 0, remaining: 0, resetAt })
  }
}
