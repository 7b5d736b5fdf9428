import { randomBytes } from "node:crypto"

// Prints LINK_KEYS with a new key in front: it signs from now on, and those before still verify the links that they signed.
// The keys of now are read from the environment, since Cloudflare shows no secret to anybody.

const currentKeys = JSON.parse(process.env.LINK_KEYS ?? "[]")
const kid = `${new Date().toISOString().slice(0, 10)}-${randomBytes(2).toString("hex")}`
const newKey = { kid, secret: randomBytes(32).toString("base64url") }
console.log(JSON.stringify([newKey, ...currentKeys]))
