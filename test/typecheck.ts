import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { root } from "../src/build/files.ts"
import { mustRunNode, wrangler } from "../src/build/node.ts"

// `Env` follows wrangler.toml. The runtime's own types are those of @cloudflare/workers-types.
await mustRunNode(wrangler, ["types", ".generated/env.d.ts", "--include-runtime=false", "--strict-vars=false"])

// Browser tests stand apart: a window and a Worker give the same names to different things.
for (const project of [root, join(root, "test/browser")]) {
  const tscPath = join(root, "node_modules/typescript/bin/tsc")
  const { status } = spawnSync(process.execPath, [tscPath, "--project", project], { stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
}
