import { createHash } from "node:crypto"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { brotliCompress, brotliDecompress } from "node:zlib"
import { generated, root } from "../../src/build/files.ts"

/** A Worker as it was released, with the assets that it reads itself, and the SHA-256 of each migration that it had. */
export type Release = { worker: string; assets: Record<string, string>; migrations: Record<string, string> }

const SUFFIX = ".json.br"
const migrationFolder = join(root, "migrations")
const fileOf = (version: string) => join(import.meta.dirname, `${version}${SUFFIX}`)

/** The versions that are kept, in the order of their names. */
export async function keptVersions(): Promise<string[]> {
  const files = await readdir(import.meta.dirname)
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length))
}

export async function readRelease(version: string): Promise<Release> {
  const json = await promisify(brotliDecompress)(await readFile(fileOf(version)))
  return JSON.parse(json.toString())
}

/** Throws if the version is kept already: what was released doesn't change. */
export async function keepRelease(version: string, release: Release): Promise<string> {
  const file = fileOf(version)
  await writeFile(file, await promisify(brotliCompress)(JSON.stringify(release)), { flag: "wx" })
  return file
}

const READ_BY_THE_WORKER = ["texts.json", "common-passwords.bin"]

/** The assets of today's build that the Worker reads itself, as base64. */
export async function readAssets(): Promise<Release["assets"]> {
  const assets = READ_BY_THE_WORKER.map(
    async (name) => [name, await readFile(join(generated, "public", name), "base64")] as const,
  )
  return Object.fromEntries(await Promise.all(assets))
}

/** The SHA-256 of each migration, by its name, in order. */
export async function hashMigrations(): Promise<Record<string, string>> {
  const names = (await readdir(migrationFolder)).sort()
  const hashes = names.map(async (name) => {
    const content = await readFile(join(migrationFolder, name))
    return [name, createHash("sha256").update(content).digest("hex")] as const
  })
  return Object.fromEntries(await Promise.all(hashes))
}
