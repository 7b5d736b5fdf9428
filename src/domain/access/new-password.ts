import * as z from "zod"
import { en } from "../../text/en.ts"
import type { Deps } from "../deps.ts"
import { PASSWORD_MAX, PASSWORD_MIN } from "./password.ts"
import { type PasswordProblem, passwordProblem, weakWord } from "./password-problem.ts"

/** People who see its source or its operator's documents know it, but nothing shows it to them. */
const PRODUCT_NAME = "Vestibule"

/**
 * A field for a new password, which must be more than the `names` that others know and those of the platform. Throws `rate_limited` if
 * none can be checked.
 */
export async function newPasswordField(
  { loadCommonPasswords, config }: Pick<Deps, "loadCommonPasswords" | "config">,
  names: string[],
) {
  await loadCommonPasswords()
  const shownNames = [...names, config.platformName]
  return z.string({ error: en.fieldErrors.required.password }).superRefine((password, context) => {
    const code = passwordProblem(password, [...shownNames, PRODUCT_NAME])
    if (!code) return
    const word = weakWord(password, code, shownNames)
    context.addIssue({ code: "custom", message: passwordDetail(code, word), params: { code, word } })
  })
}

function passwordDetail(code: PasswordProblem, word: string | undefined): string {
  if (code === "password_too_short") return en.fieldErrors.password_too_short(PASSWORD_MIN)
  return code === "password_too_long" ? en.fieldErrors.password_too_long(PASSWORD_MAX) : en.fieldErrors[code](word)
}
