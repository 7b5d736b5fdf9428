import { and, eq, ne, sql } from "drizzle-orm"
import * as z from "zod"
import { THEMES, users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import type { Locale } from "../../text/locales.ts"
import { isTimeZone } from "../../text/time-zones.ts"
import { hashNewPassword } from "../access/check-password.ts"
import { isRecentlyConfirmed } from "../access/confirm-identity.ts"
import type { UserCredentials } from "../access/credentials.ts"
import { guessPassword } from "../access/guess-password.ts"
import { withHashSlot } from "../access/hash-slots.ts"
import { newPasswordField } from "../access/new-password.ts"
import type { SessionUser } from "../access/session-user.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError } from "../failure.ts"
import { singleLine, validateFields } from "../validation.ts"
import { personalAuditStatement } from "./personal-audit.ts"
import { hasChangedOften, replacePassword } from "./replace-password.ts"

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

/**
 * Changes the language of a person's pages and of emails about their sign-in. It is the person's, not the membership's: who reads
 * French does so in every account.
 */
export async function changeLocale({ db, now }: Pick<Deps, "db" | "now">, userId: string, locale: Locale) {
  const isOther = and(eq(users.id, userId), ne(users.locale, locale))
  await db.update(users).set({ locale, updatedAt: now() }).where(isOther)
}

/**
 * Changes how pages look to a person, on all their devices. An empty `time_zone` is that of the browser. Returns field errors; ignores
 * a theme that we don't know.
 */
export async function changePreferences(
  { db, now }: Deps,
  { user }: SessionUser,
  { theme, time_zone: zone }: Input,
): Promise<FieldError[]> {
  const timeZone = zone?.trim()
  if (timeZone && !isTimeZone(timeZone)) {
    return [{ field: "time_zone", code: "invalid", detail: en.fieldErrors.invalid.time_zone }]
  }
  const preferences = { theme: THEMES.find((name) => name === theme), timeZone: timeZone === "" ? null : timeZone }
  await db
    .update(users)
    .set({ ...preferences, updatedAt: now() })
    .where(eq(users.id, user.id))
  return []
}

/**
 * Changes a person's own password, and ends all their sessions but this one. Returns field errors; throws `rate_limited`, and
 * `confirmation_required` if a person with a second factor hasn't confirmed their identity recently.
 */
export async function changePassword(deps: Deps, sessionUser: SessionUser, input: Input): Promise<FieldError[]> {
  if (sessionUser.hasSecondFactor && !isRecentlyConfirmed(sessionUser, deps.now())) {
    throw new Failure({ kind: "confirmation_required" })
  }
  return withHashSlot(deps, (hashingDeps) => replaceOwnPassword(hashingDeps, sessionUser, input))
}

/** What `changePassword` would say about this new password. Changes nothing. */
export async function checkOwnNewPassword(deps: Deps, sessionUser: SessionUser, { password }: Input) {
  return validateFields(await newPasswordFields(deps, sessionUser), { password }).errors
}

/** Throws `rate_limited` if no password can be checked. */
const newPasswordFields = async (deps: Deps, sessionUser: SessionUser) =>
  z.object({ password: await newPasswordField(deps, knownNames(sessionUser)) })

async function replaceOwnPassword(deps: Deps, sessionUser: SessionUser, input: Input): Promise<FieldError[]> {
  const { sessionId } = sessionUser
  if (await hasChangedOften(deps, sessionUser.user)) {
    return [{ field: "password", code: "password_changed_often", detail: en.fieldErrors.password_changed_often }]
  }
  const { values, errors } = validateFields(await newPasswordFields(deps, sessionUser), input)
  const { credentials, errors: currentErrors } = await checkCurrentPassword(deps, sessionUser, input.current_password)
  if (!credentials || errors.length > 0 || !values.password) return [...currentErrors, ...errors]
  const passwordHash = await hashNewPassword(deps, values.password)
  const change = { passwordHash, change: "password_changed", keptSessionId: sessionId } as const
  if (!(await replacePassword(deps, credentials, change))) throw new Failure({ kind: "version_conflict" })
  return []
}

/**
 * Checks that `password` is the person's. Returns their credentials, or errors if it isn't. Throws `rate_limited` after too many
 * wrong ones.
 */
export async function checkCurrentPassword(
  deps: Deps,
  { user }: Pick<SessionUser, "user">,
  password = "",
): Promise<{ credentials: UserCredentials; errors: [] } | { credentials?: undefined; errors: FieldError[] }> {
  const error = (code: "required" | "wrong_password", detail: string) => {
    return { errors: [{ field: "current_password", code, detail }] }
  }
  if (password === "") return error("required", en.fieldErrors.required.current_password)
  const checked = await guessPassword(deps, { email: user.email, condition: eq(users.id, user.id) }, password)
  if (!checked.isRight) return error("wrong_password", en.fieldErrors.wrong_password)
  await commit(deps, checked.ifRight)
  return { credentials: checked.user, errors: [] }
}

/** The names around a person that others know too. */
function knownNames({ user, staff, member }: SessionUser): string[] {
  const accounts = (staff ?? member)?.memberships ?? []
  const accountNames = accounts.flatMap(({ name, resellerName }) => [name, resellerName])
  return [user.name, user.email, ...accountNames]
}
