import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"

export const ENVIRONMENTS = ["production", "staging"] as const

export type Environment = (typeof ENVIRONMENTS)[number]

/** The files of an environment, of a dry run or of a restore, below `folder`, which is the root of the repository. */
export function filesOf(environment: Environment | "dry-run" | "restore", folder: string) {
  return {
    /** What was chosen. It can be committed. */
    choices: join(folder, `.deploy/${environment}.json`),
    /** Ignored by git. */
    secrets: join(folder, `.deploy/${environment}.secrets.json`),
    /** Generated, and ignored by git. It is at the root, since its paths are relative to its folder. */
    wrangler: join(folder, `.wrangler.${environment}.json`),
  }
}

/** What was chosen for an environment. `vars` take precedence over those of wrangler.toml. */
export type Choices = {
  account?: string
  testAddress?: string
  /** The name of the database, if it isn't that of wrangler.toml. */
  database?: string
  vars: Record<string, string>
}

export async function readChoices(environment: Environment, folder: string): Promise<Choices> {
  const choices = await readJson(filesOf(environment, folder).choices)
  return { vars: {}, ...choices }
}

/** Saves what was chosen, so that it isn't asked again. */
export async function saveChoices(environment: Environment, choices: Choices, folder: string) {
  const saved = await readChoices(environment, folder)
  await writeJson(filesOf(environment, folder).choices, { ...saved, ...choices })
}

/** The JSON object of a file, or undefined if there is no file. Throws if it isn't JSON. */
export async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(file, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} isn't JSON: correct it, or delete it to be asked again.`, { cause })
  }
}

/** Replaces a file at once, so that an interruption leaves the old one or the new one. */
export async function writeJson(file: string, value: unknown, mode = 0o644) {
  const draft = `${file}.${process.pid}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode })
  await rename(draft, file)
}
