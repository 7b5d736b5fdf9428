import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

export const generated = join(root, ".generated")

export function shortHash(content: string | Uint8Array) {
  return createHash("sha256").update(content).digest("hex").slice(0, 8)
}

export async function readGenerated(path: string) {
  return readFile(join(generated, path)).catch(() => undefined)
}

/** Doesn't touch an unchanged file, since wrangler watches it, and replaces a changed one atomically. */
export async function writeGenerated(path: string, content: string | Uint8Array) {
  const current = await readGenerated(path)
  if (current?.equals(Buffer.from(content))) return

  const target = join(generated, path)
  const draft = `${target}.${process.pid}`
  await mkdir(dirname(target), { recursive: true })
  await writeFile(draft, content)
  await rename(draft, target)
}

export async function keepOnly(folder: string, names: string[]) {
  for (const name of await readdir(join(generated, folder))) {
    if (!names.includes(name)) await rm(join(generated, folder, name), { force: true })
  }
}

/** A hash of the names and contents of these files and of all files in these folders, with exceptions. */
export async function fingerprint(paths: string[], except: string[] = []) {
  const hash = createHash("sha256")
  const files = (await Promise.all(paths.map(filesUnder))).flat()
  for (const file of files.filter((name) => !except.some((folder) => name.startsWith(`${folder}/`)))) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)))
  }
  return hash.digest("hex")
}

async function filesUnder(path: string) {
  if ((await stat(join(root, path))).isFile()) return [path]
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}
