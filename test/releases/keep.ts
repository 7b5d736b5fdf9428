import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../../src/build/files.ts"
import { mustRunNode, wrangler } from "../../src/build/run-node.ts"
import { hashMigrations, keepRelease, readAssets } from "./archive.ts"

// npm run keep-release: builds the Worker and keeps it as the release of the version in package.json, for upgrades.test.ts. From then
// on its migrations can't change.

const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
const outputDir = join(generated, "release")
await mustRunNode(wrangler, ["deploy", "--dry-run", "--outdir", outputDir])
const file = await keepRelease(version, {
  worker: await readFile(join(outputDir, "index.js"), "utf8"),
  assets: await readAssets(),
  migrations: await hashMigrations(),
})
console.log(`Kept ${version} in ${file}`)
