import { randomBytes } from "node:crypto"
import { MAX_KEY_ID, parseLinkKeys } from "../domain/access/signed-token.ts"

// Prints LINK_KEYS with a new first key. It signs new links; the older keys still verify the links that they signed.
// The current keys are read from the environment, since Cloudflare doesn't show secrets.

const current = process.env.LINK_KEYS
const currentKeys: unknown[] = current ? JSON.parse(current) : []
const usedKids = current ? parseLinkKeys(current).map(({ kid }) => kid) : []
const kid = usedKids[0] === undefined ? 0 : (usedKids[0] + 1) % (MAX_KEY_ID + 1)
if (usedKids.includes(kid)) {
  console.error(`LINK_KEYS still has a key with kid ${kid}: remove the oldest key first.`)
  process.exit(1)
}
console.log(JSON.stringify([{ kid, secret: randomBytes(32).toString("base64url") }, ...currentKeys]))
