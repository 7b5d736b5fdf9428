import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { root } from "../build/files.ts"
import { newSecrets } from "../build/new-secrets.ts"

/** Writes new secrets unless there are some already, so that links and sessions survive a restart. */
export async function writeLocalSecrets() {
  const secrets = { ...newSecrets(), OPERATOR_TOKEN: "local-operator" }
  const lines = ["ENVIRONMENT=local", ...Object.entries(secrets).map(([name, value]) => `${name}='${value}'`)]
  await writeFile(join(root, ".dev.vars"), `${lines.join("\n")}\n`, { flag: "wx", mode: 0o600 }).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
}
