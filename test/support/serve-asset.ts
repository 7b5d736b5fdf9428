import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Request, Response } from "miniflare"
import { generated } from "../../src/build/files.ts"

/** The static assets that the Worker itself reads, for a runtime without the server of assets. */
export const serveAsset = async ({ url }: Request) =>
  new Response(await readFile(join(generated, "public", new URL(url).pathname)))
