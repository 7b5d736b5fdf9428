import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { root } from "../src/local/build-files.ts"
import { mustRunNode, wrangler } from "../src/local/node.ts"

// `Env` follows wrangler.toml. The runtime's own types are those of @cloudflare/workers-types.
await mustRunNode(wrangler, ["types", ".generated/env.d.ts", "--include-runtime=false", "--strict-vars=false"])

const tsc = join(root, "node_modules/typescript/bin/tsc")
const { status } = spawnSync(process.execPath, [tsc, "--project", root], { stdio: "inherit" })
process.exit(status ?? 1)
