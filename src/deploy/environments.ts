import { randomUUID } from "node:crypto"
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as z from "zod"
import { StepError } from "./tools.ts"

export const ENVIRONMENTS = ["production", "staging"] as const

export type Environment = (typeof ENVIRONMENTS)[number]

export function otherThan(environment: Environment): Environment {
  return ENVIRONMENTS.find((name) => name !== environment) ?? environment
}

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

/**
 * What was chosen for an environment. `vars` take precedence over those of wrangler.toml, and so does the name of the `database`.
 */
export type Choices = z.infer<typeof choicesSchema>

const choicesSchema = z.strictObject({
  account: z.string().optional(),
  testAddress: z.string().optional(),
  database: z.string().optional(),
  vars: z.record(z.string(), z.string()).default({}),
})

export async function readChoices(environment: Environment, folder: string): Promise<Choices> {
  return (await readJson(filesOf(environment, folder).choices, choicesSchema)) ?? { vars: {} }
}

/** Saves what was chosen, so that it isn't asked again. */
export async function saveChoices(environment: Environment, choices: Partial<Choices>, folder: string) {
  const saved = await readChoices(environment, folder)
  await writeJson(filesOf(environment, folder).choices, { ...saved, ...choices })
}

/** The content of a JSON file, or undefined if there is no file. Throws a `StepError` if it isn't as `schema` says. */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(file, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { data, error } = parsed(schema, text)
  if (!error) return data
  const [issue] = error.issues
  const problem = issue?.path.length ? `${issue.path.join(".")}: ${issue.message}` : issue?.message
  throw new StepError(`${file} is damaged: ${problem}.`, "Correct it, or bring it back from where you keep a copy.")
}

function parsed<T>(schema: z.ZodType<T>, text: string) {
  try {
    return schema.safeParse(JSON.parse(text))
  } catch {
    return z.never({ error: "it isn't JSON" }).safeParse(text)
  }
}

/** Replaces a file at once, so that an interruption leaves the old one or the new one. */
export async function writeJson(file: string, value: unknown, mode = 0o644): Promise<void> {
  await rename(await writeDraft(file, value, mode), file)
}

/** Makes a file with its whole content. False if it is there already, perhaps because another command has just made it. */
export async function createJson(file: string, value: unknown, mode: number): Promise<boolean> {
  const draft = await writeDraft(file, value, mode)
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  } finally {
    await rm(draft)
  }
}

async function writeDraft(file: string, value: unknown, mode: number): Promise<string> {
  const draft = `${file}.${randomUUID()}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode })
  return draft
}
