import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../../src/build/files.ts"
import { mustRunNode, wrangler } from "../../src/build/run-node.ts"
import { hashMigrations, keepRelease } from "./archive.ts"

// npm run keep-release: builds the Worker and keeps it as the release of the version in package.json, for upgrades.test.ts. From then
// on its migrations can't change.

const READ_BY_THE_WORKER = ["texts.json", "common-passwords.bin"]

const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
const outputDir = join(generated, "release")
await mustRunNode(wrangler, ["deploy", "--dry-run", "--outdir", outputDir])
const assets = READ_BY_THE_WORKER.map(async (name) => [name, await readFile(join(generated, "public", name), "base64")])
const file = await keepRelease(version, {
  worker: await readFile(join(outputDir, "index.js"), "utf8"),
  assets: Object.fromEntries(await Promise.all(assets)),
  migrations: await hashMigrations(),
})
console.log(`Kept ${version} in ${file}`)
