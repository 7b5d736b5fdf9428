import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import { sha256Hex } from "../domain/access/api-keys.ts"
import type { IdempotentRequest } from "../domain/deps.ts"
import type { FieldError } from "../domain/failure.ts"

/** The values of a submitted form and their errors. */
export type FormState = { values: Record<string, string>; errors: FormError[] }

/** An error as a page shows it. `linkLabel` is the text of its link. */
export type FormError = FieldError & { linkLabel?: string }

export const emptyForm = (values: Record<string, string> = {}): FormState => ({ values, errors: [] })

/** The text fields of a submitted form, without files. Of fields with the same name, the last one counts. */
export async function readForm(c: Context): Promise<Record<string, string>> {
  const body = await c.req.parseBody().catch(throwNotAForm)
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  )
}

/** The text fields of a submitted form in their order, with all values of those that repeat. */
export async function readFields(c: Context): Promise<[name: string, value: string][]> {
  const form = await c.req.formData().catch(() => new FormData())
  return [...form].filter((entry): entry is [string, string] => typeof entry[1] === "string")
}

function throwNotAForm(cause: unknown): never {
  throw new HTTPException(400, { message: "the body is not a form", cause })
}

/** The bytes of an uploaded file; empty without one. */
export async function readUpload(c: Context, field: string): Promise<Uint8Array> {
  return (await readUploadedFile(c, field)).bytes
}

/** The name and the bytes of an uploaded file; empty without one. */
export async function readUploadedFile(c: Context, field: string): Promise<{ name: string; bytes: Uint8Array }> {
  const file = (await c.req.formData().catch(throwNotAForm)).get(field)
  if (!(file instanceof File)) return { name: "", bytes: new Uint8Array() }
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }
}

/** All values of a field that can repeat, such as checkboxes. */
export async function readMultiple(c: Context, field: string): Promise<string[]> {
  const values = (await c.req.formData().catch(throwNotAForm)).getAll(field)
  return values.filter((value) => typeof value === "string")
}

/**
 * A submitted form as an idempotent request, so that submitting it twice has one effect. The key includes the values: the same form
 * with other values is another request. Undefined without a `form_token`.
 */
export async function readFormRequest(c: Context, actor: { id: string }): Promise<IdempotentRequest | undefined> {
  const { form_token: token = "" } = await readForm(c)
  if (!/^[\w-]{16,64}$/.test(token)) return undefined
  const form = await c.req.formData().catch(throwNotAForm)
  const entries = [...form].filter((entry): entry is [string, string] => typeof entry[1] === "string")
  const requestHash = await sha256Hex(`POST ${c.req.path}\n${new URLSearchParams(entries)}`)
  return { actorId: actor.id, idempotencyKey: `form ${requestHash}`, requestHash }
}

/** The version that a form showed, so that saving doesn't overwrite someone else's later edit. */
export const expectedVersions = ({ version }: Record<string, string>) => (version ? [version] : undefined)

export function fieldError(form: FormState, field: string): FormError | undefined {
  return form.errors.find((error) => error.field === field)
}
