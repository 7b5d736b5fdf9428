import * as z from "zod"
import { en } from "../../text/en.ts"
import type { Deps } from "../deps.ts"
import { PASSWORD_MAX, PASSWORD_MIN } from "./password.ts"
import { type PasswordProblem, passwordProblem, weakWord } from "./password-problem.ts"

/** A field for a new password, which must be more than the `names` that others know. Throws `rate_limited` if none can be checked. */
export async function newPasswordField({ loadCommonPasswords }: Pick<Deps, "loadCommonPasswords">, names: string[]) {
  await loadCommonPasswords()
  return z.string({ error: en.fieldErrors.required.password }).superRefine((password, context) => {
    const code = passwordProblem(password, names)
    if (!code) return
    const word = weakWord(password, code, names)
    context.addIssue({ code: "custom", message: passwordDetail(code, word), params: { code, word } })
  })
}

function passwordDetail(code: PasswordProblem, word: string | undefined): string {
  if (code === "password_too_short") return en.fieldErrors.password_too_short(PASSWORD_MIN)
  return code === "password_too_long" ? en.fieldErrors.password_too_long(PASSWORD_MAX) : en.fieldErrors[code](word)
}
