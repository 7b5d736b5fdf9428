import { randomBytes } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { root } from "../build/files.ts"

/** Writes new secrets unless there are some already, so that links and sessions survive a restart. */
export async function writeLocalSecrets() {
  const linkKeys = [{ kid: 0, secret: secret() }]
  const lines = [
    "ENVIRONMENT=local",
    `AUTH_SECRET=${secret()}`,
    `LINK_KEYS='${JSON.stringify(linkKeys)}'`,
    "OPERATOR_TOKEN=local-operator",
  ]
  await writeFile(join(root, ".dev.vars"), `${lines.join("\n")}\n`, { flag: "wx", mode: 0o600 }).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
}

function secret() {
  return randomBytes(32).toString("base64url")
}
