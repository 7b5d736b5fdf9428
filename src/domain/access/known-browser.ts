import type { Deps } from "../deps.ts"
import { guessKey, guessKeys } from "../factors/keys.ts"

const ID_BYTES = 16
export const KNOWN_BROWSER_DAYS = 365

type KeyDeps = Pick<Deps, "config">

/**
 * The value of a cookie that makes a browser known for an email address: a random id, and its signature for this address. Given to
 * browsers whose user has proved who they are, so that their guesses have a count of their own.
 */
export async function newKnownBrowser(deps: KeyDeps, email: string): Promise<string> {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(ID_BYTES))).toString("base64url")
  const signature = await crypto.subtle.sign("HMAC", await guessKey(deps), signedBytes(id, email))
  return `${id}.${Buffer.from(signature).toString("base64url")}`
}

/** The id of a browser that is known for this address; undefined for any other value. */
export async function knownBrowserId(deps: KeyDeps, value: string, email: string): Promise<string | undefined> {
  const [, id, signature] = /^([\w-]{22})\.([\w-]{43})$/.exec(value) ?? []
  if (!id || !signature) return undefined
  const bytes = Buffer.from(signature, "base64url")
  for (const key of await guessKeys(deps)) {
    if (await crypto.subtle.verify("HMAC", key, bytes, signedBytes(id, email))) return id
  }
  return undefined
}

const signedBytes = (id: string, email: string) => new TextEncoder().encode(`known browser ${id} ${email}`)
