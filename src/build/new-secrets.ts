import { randomBytes } from "node:crypto"

/** New values of the secrets that a deployment can't be without. */
export function newSecrets(): Record<string, string> {
  return {
    AUTH_SECRET: randomSecret(),
    LINK_KEYS: JSON.stringify([{ kid: 0, secret: randomSecret() }]),
    OPERATOR_TOKEN: randomSecret(),
  }
}

function randomSecret() {
  return randomBytes(32).toString("base64url")
}
