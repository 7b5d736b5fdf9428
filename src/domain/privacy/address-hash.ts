import { createHmac } from "node:crypto"
import type { Deps } from "../deps.ts"

/**
 * What stands for an address in a suppression once its invites are purged: enough to refuse the address when it is entered again,
 * and nothing to send to. A new `AUTH_SECRET` forgets these suppressions.
 */
export function hashAddress({ config }: Pick<Deps, "config">, email: string): string {
  return `hmac:${createHmac("sha256", config.masterSecret).update(`vestibule suppression ${email}`).digest("hex")}`
}
