import { chmod, rm, stat } from "node:fs/promises"
import { relative } from "node:path"
import * as z from "zod"
import { newSecrets } from "../build/new-secrets.ts"
import { createJson, readJson, writeJson } from "./environments.ts"
import { StepError } from "./tools.ts"

const PRIVATE = 0o600

export type Secrets = {
  file: string
  /** What is in the file. */
  values: Record<string, string>
  /** The names that the Worker lacks. */
  unsent: string[]
  operatorToken: string
  isDryRun: boolean
  report: string
}

type Known = {
  file: string
  /** The names without which the Worker can't run. */
  required: string[]
  /** The names that the Worker has, whose values Cloudflare doesn't show. */
  deployed: string[]
  operatorToken: string | undefined
  isDryRun: boolean
  isPipeline: boolean
  /** The database was used with others before. */
  isRestored: boolean
}

/**
 * Reads the secrets of an environment, and makes those that neither the file nor the Worker has. No value is ever replaced: a new
 * `AUTH_SECRET` or `LINK_KEYS` would end sessions and void links.
 */
export async function prepareSecrets(known: Known): Promise<Secrets> {
  const { file, required, deployed, operatorToken, isDryRun } = known
  const existing = await readJson(file, z.record(z.string(), z.string()))
  const missing = required.filter((name) => !existing?.[name] && !deployed.includes(name))
  if (missing.length > 0 && !isDryRun) refuseNew(missing, known)
  const values = { ...existing, ...Object.fromEntries(missing.map((name) => [name, create(name, file)])) }
  const token = values.OPERATOR_TOKEN ?? operatorToken
  if (!token) {
    throw new StepError(
      `The Worker has its secrets, but ${file} is missing, so the operator token isn't known here.`,
      "Copy that file from the machine that deployed first, or set the environment variable OPERATOR_TOKEN.",
    )
  }
  if (missing.length > 0 && !isDryRun) {
    if (existing) await writeJson(file, values, PRIVATE)
    else if (!(await createJson(file, values, PRIVATE))) return prepareSecrets(known) // another deployment made them
  }
  if (existing && !isDryRun && (await isReadableByOthers(file))) await chmod(file, PRIVATE)
  return {
    file,
    values,
    unsent: Object.keys(values).filter((name) => !deployed.includes(name)),
    operatorToken: token,
    isDryRun,
    report: missing.length > 0 ? describeNew(missing, file) : "all there",
  }
}

/** Links, authenticator apps and webhooks work only with the same ones. */
const BOUND_TO_DATA = ["AUTH_SECRET", "LINK_KEYS"]

/** Throws a `StepError` where new secrets would be lost, or not be those of the data. */
function refuseNew(names: string[], { file, isPipeline, isRestored }: Known) {
  const bound = names.filter((name) => BOUND_TO_DATA.includes(name))
  if (isRestored && bound.length > 0) {
    throw new StepError(
      `${bound.join(" and ")} must be as when the data of this database was written.`,
      `Copy ${path(file)} from where you keep it.`,
    )
  }
  if (isPipeline) {
    throw new StepError(
      `${names.join(", ")} would be made here and be lost with the folder of this pipeline.`,
      `Deploy for the first time from your machine, or let the pipeline write ${path(file)} from its secrets.`,
    )
  }
}

const path = (file: string) => relative(process.cwd(), file)

function describeNew(names: string[], file: string) {
  return `created ${names.join(", ")} in ${path(file)}\nKeep a copy of that file in a safe place: Cloudflare doesn't show secrets.`
}

function create(name: string, file: string): string {
  const value = newSecrets()[name]
  if (!value) throw new StepError(`The secret ${name} is missing.`, `Add it to ${file}.`)
  return value
}

async function isReadableByOthers(file: string) {
  return process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0
}

/**
 * Calls `use` with a file of those secrets that the Worker lacks, or of all, or with undefined if there are none to send. The file
 * stays in the folder, since an interruption could leave it behind.
 */
export async function withSecretsFile<T>(
  secrets: Secrets | undefined,
  sendsAll: boolean,
  use: (file: string | undefined, names: string[]) => Promise<T>,
): Promise<T> {
  const names = secrets && sendsAll ? Object.keys(secrets.values) : (secrets?.unsent ?? [])
  if (!secrets || names.length === 0) return use(undefined, [])
  const { file, values, isDryRun } = secrets
  const partial = file.replace(/\.secrets\.json$/, ".unsent.secrets.json")
  if (isDryRun) return use(partial, names)
  await writeJson(partial, Object.fromEntries(names.map((name) => [name, values[name]])), PRIVATE)
  try {
    return await use(partial, names)
  } finally {
    await rm(partial, { force: true })
  }
}
