import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { root } from "../src/build/files.ts"
import { mustRunNode, wrangler } from "../src/build/run-node.ts"

// `Env` is generated from wrangler.toml. Runtime types come from @cloudflare/workers-types.
await mustRunNode(wrangler, ["types", ".generated/env.d.ts", "--include-runtime=false", "--strict-vars=false"])

// Browser tests are a project of their own, because a window and a Worker define some names differently.
for (const project of [root, join(root, "test/browser")]) {
  const tscPath = join(root, "node_modules/typescript/bin/tsc")
  const { status } = spawnSync(process.execPath, [tscPath, "--project", project], { stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
}
