import type { Context } from "hono"
import { readFields } from "./forms.ts"
import { localPath } from "./htmx.ts"
import { type FormEntry, SECRETS } from "./shown-again.ts"

// A form that can't be processed before the person has proved who they are isn't lost: its fields travel through the pages that ask,
// as hidden fields with this prefix.
const KEPT_PREFIX = "kept."
const PATH_FIELD = "kept_path"

/** Where a form was posted to, and what was entered. */
export type KeptForm = { path: string; fields: FormEntry[] }

/** The form that travels in these fields. */
export function toKeptForm(fields: FormEntry[]): KeptForm | undefined {
  const path = localPath(fields.find(([name]) => name === PATH_FIELD)?.[1])
  const kept = fields.filter(([name]) => name.startsWith(KEPT_PREFIX))
  return path === undefined
    ? undefined
    : { path, fields: kept.map(([name, value]) => [name.slice(KEPT_PREFIX.length), value]) }
}

/** The fields with which a form travels. */
export const toHiddenFields = ({ path, fields }: KeptForm): FormEntry[] => [
  [PATH_FIELD, path],
  ...fields.map(([name, value]): FormEntry => [KEPT_PREFIX + name, value]),
]

/** Keeps the submitted form, without passwords and `secrets`. */
export async function keepForm(c: Context, secrets: string[] = []): Promise<KeptForm> {
  const { pathname, search } = new URL(c.req.url)
  const fields = await readFields(c)
  const form = toKeptForm(fields) ?? { path: pathname + search, fields }
  const isKept = ([name]: FormEntry) => !/(password|^username)$/.test(name) && !secrets.includes(name)
  return { path: form.path, fields: form.fields.filter(isKept) }
}

/** What counts only in the session in which it was asked for. */
const SESSION_SECRETS = [...SECRETS, "setup"]

/**
 * Keeps the form of somebody who was signed out. Undefined if nothing was entered, or if it is no plain form: a file isn't kept, and
 * isn't read before its size was checked.
 */
export async function keepFormOfSignedOut(c: Context): Promise<KeptForm | undefined> {
  if (!c.req.header("Content-Type")?.startsWith("application/x-www-form-urlencoded")) return undefined
  const kept = await keepForm(c, SESSION_SECRETS)
  return kept.fields.length > 0 ? kept : undefined
}
