import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { ApiDocument } from "../../http/openapi.ts"
import { generated, root, writeGenerated } from "../files.ts"
import { clientOperations } from "./operations.ts"
import { clientTypes } from "./types.ts"

const FOLDER = "client-source"

/** The whole source of the client in one folder: what src/client has, and what the OpenAPI document says. */
export async function buildClientSource() {
  const document: ApiDocument = JSON.parse(await readFile(join(generated, "public/openapi.json"), "utf8"))
  await writeGenerated(join(FOLDER, "api.ts"), `${clientTypes(document)}\n`)
  await writeGenerated(`${FOLDER}/operations.ts`, `${clientOperations(document)}\n`)
  const folder = join(root, "src/client")
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".ts"))) {
    const source = await readFile(join(folder, file), "utf8")
    await writeGenerated(`${FOLDER}/${file}`, source.replaceAll(`../../.generated/${FOLDER}/`, "./"))
  }
}
