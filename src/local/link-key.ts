import { randomBytes } from "node:crypto"

// Prints LINK_KEYS with a new first key. It signs new links; the older keys still verify the links that they signed.
// The current keys are read from the environment, since Cloudflare doesn't show secrets.

const currentKeys = JSON.parse(process.env.LINK_KEYS ?? "[]")
const kid = `${new Date().toISOString().slice(0, 10)}-${randomBytes(2).toString("hex")}`
const newKey = { kid, secret: randomBytes(32).toString("base64url") }
console.log(JSON.stringify([newKey, ...currentKeys]))
