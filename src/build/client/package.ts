import { copyFile, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { ApiDocument } from "../../http/openapi.ts"
import { generated, root, writeGenerated } from "../files.ts"
import { mustRunNode } from "../run-node.ts"

// Makes the npm package of the client, ready to pack or publish, in .generated/client.

const target = join(generated, "client")
const document: ApiDocument = JSON.parse(await readFile(join(generated, "public/openapi.json"), "utf8"))

await rm(target, { recursive: true, force: true })
await mustRunNode(join(root, "node_modules/typescript/bin/tsc"), [
  join(generated, "client-source/index.ts"),
  ...["--ignoreConfig", "--strict", "--declaration", "--rewriteRelativeImportExtensions", "--verbatimModuleSyntax"],
  ...["--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--types", ""],
  ...["--module", "ESNext", "--moduleResolution", "bundler"],
  ...["--rootDir", join(generated, "client-source"), "--outDir", join(target, "dist")],
])
await copyFile(join(root, "src/client/README.md"), join(target, "README.md"))
await copyFile(join(root, "LICENSE"), join(target, "LICENSE"))

const manifest = {
  name: "@vestibule/client",
  version: document.info.version,
  description: document.info.title,
  license: document.info.license?.name,
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.3" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  files: ["dist"],
}
await writeGenerated("client/package.json", `${JSON.stringify(manifest, null, 2)}\n`)
console.log(`${manifest.name} ${manifest.version} is in .generated/client`)
