import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import type { FieldError } from "../domain/failure.ts"

/** A form between two requests: what was typed, and what is wrong with it. */
export type FormState = { values: Record<string, string>; errors: FieldError[] }

export const emptyForm = (values: Record<string, string> = {}): FormState => ({ values, errors: [] })

/** The text fields of a posted form; files and repeated fields are not expected anywhere and left out. */
export async function readForm(c: Context): Promise<Record<string, string>> {
  const body = await c.req.parseBody().catch((cause) => {
    throw new HTTPException(400, { message: "the body is not a form", cause })
  })
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  )
}

export function errorOf(form: FormState, field: string): FieldError | undefined {
  return form.errors.find((error) => error.field === field)
}
