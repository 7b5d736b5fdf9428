import { and, eq, ne, sql } from "drizzle-orm"
import * as z from "zod"
import { users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { checkPassword } from "../access/check-password.ts"
import { findCredentials, type UserCredentials } from "../access/credentials.ts"
import { newPasswordField } from "../access/new-password.ts"
import { hashPassword } from "../access/password.ts"
import type { SessionUser } from "../access/session-user.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError } from "../failure.ts"
import { singleLine, validateFields } from "../validation.ts"
import { personalAuditStatement } from "./personal-audit.ts"
import { replacePassword } from "./replace-password.ts"

type Input = Record<string, string | undefined>

const nameFields = z.object({ name: singleLine(en.fieldErrors.required.name) })

/** Changes a person's own name. Returns field errors. */
export async function changeName(deps: Deps, { user }: SessionUser, input: Input): Promise<FieldError[]> {
  const { values, errors } = validateFields(nameFields, input)
  const { name } = values
  if (errors.length > 0 || !name) return errors
  const { db } = deps
  const isOtherName = and(eq(users.id, user.id), ne(users.name, name))
  await db.batch([
    personalAuditStatement(deps, user, "name_changed", {
      detail: `${user.name} → ${name}`,
      condition: sql`EXISTS (SELECT 1 FROM ${users} WHERE ${isOtherName})`,
    }),
    db.update(users).set({ name, updatedAt: deps.now() }).where(isOtherName),
  ])
  return []
}

/** Changes a person's own password, and ends all their sessions but this one. Returns field errors. */
export async function changePassword(deps: Deps, sessionUser: SessionUser, input: Input): Promise<FieldError[]> {
  const { user, sessionId } = sessionUser
  const fields = z.object({ password: newPasswordField(knownNames(deps, sessionUser)) })
  const { values, errors } = validateFields(fields, input)
  const { credentials, errors: currentErrors } = await checkCurrentPassword(deps, user.id, input.current_password)
  if (currentErrors.length > 0 || errors.length > 0 || !values.password) return [...currentErrors, ...errors]
  const passwordHash = await hashPassword(values.password)
  const change = { passwordHash, change: "password_changed", keptSessionId: sessionId } as const
  if (!(await replacePassword(deps, credentials, change))) throw new Failure({ kind: "version_conflict" })
  return []
}

/** A user's credentials, and an error if `password` isn't theirs. Throws `not_found` if the user was deleted. */
export async function checkCurrentPassword(
  deps: Deps,
  userId: string,
  password = "",
): Promise<{ credentials: UserCredentials; errors: FieldError[] }> {
  const credentials = await findCredentials(deps, eq(users.id, userId))
  if (!credentials) throw new Failure({ kind: "not_found" })
  const error = (code: "required" | "wrong_password", detail: string) => {
    return { credentials, errors: [{ field: "current_password", code, detail }] }
  }
  if (password === "") return error("required", en.fieldErrors.required.current_password)
  if (await checkPassword(deps, credentials, password)) return { credentials, errors: [] }
  return error("wrong_password", en.fieldErrors.wrong_password)
}

/** The names around a person that others know too. */
function knownNames({ config }: Deps, { user, staff, member }: SessionUser): string[] {
  const accounts = (staff ?? member)?.memberships ?? []
  const accountNames = accounts.flatMap(({ name, resellerName }) => [name, resellerName])
  return [user.name, user.email, config.platformName, "Vestibule", ...accountNames]
}
