import { createHmac } from "node:crypto"
import type { Deps } from "../deps.ts"
import { masterSecretsOf } from "../master-secrets.ts"

/**
 * What stands for an address in a suppression once its invites are purged: enough to refuse the address when it is entered again,
 * and nothing to send to.
 */
export function hashAddress({ config }: Pick<Deps, "config">, email: string): string {
  return hashWith(config.masterSecret, email)
}

/** All hashes that an address can have: also the one of the previous secret of the deployment. */
export function hashesOfAddress(deps: Pick<Deps, "config">, email: string): string[] {
  return masterSecretsOf(deps).map((secret) => hashWith(secret, email))
}

const hashWith = (secret: string, email: string) =>
  `hmac:${createHmac("sha256", secret).update(`vestibule suppression ${email}`).digest("hex")}`
