import { createRequire } from "node:module"
import { PASSWORD_MIN } from "../domain/access/password.ts"
import { writeGenerated } from "./files.ts"

const BASE_COUNT = 2_000
const BASE_MIN = 5

/**
 * The common passwords for domain/access/password-strength.ts, most common first: all that are long enough, and
 * the most common short ones, since people lengthen those.
 */
export async function buildCommonPasswords() {
  const { dictionary } = createRequire(import.meta.url)("@zxcvbn-ts/language-common")
  const passwords: string[] = dictionary["passwords-common"]
  const common = passwords.filter(({ length }) => length >= PASSWORD_MIN)
  const bases = passwords.filter(({ length }) => length >= BASE_MIN && length < PASSWORD_MIN).slice(0, BASE_COUNT)
  await writeGenerated(
    "common-passwords.ts",
    `export const COMMON_PASSWORDS = ${JSON.stringify(common.join(" "))}.split(" ")
export const COMMON_BASES = ${JSON.stringify(bases.join(" "))}.split(" ")
`,
  )
}
