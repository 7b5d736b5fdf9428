import { fingerprint, readGenerated, writeGenerated } from "./files.ts"

const outputs = ["assets.ts", "common-passwords.ts", "emails.ts", "public/_headers"]

// Wrangler, the tests and `npm start` all ask for a build: one of unchanged sources must cost nothing.
const sources = await fingerprint(["public", "src/domain/password.ts", "src/emails", "src/build", "package-lock.json"])
const built = await readGenerated("built-from")
const kept = await Promise.all(outputs.map(readGenerated))

if (built?.toString() !== sources || kept.includes(undefined)) {
  const { buildAssets } = await import("./assets.ts")
  const { buildCommonPasswords } = await import("./common-passwords.ts")
  const { buildEmails } = await import("./emails.ts")
  await Promise.all([buildAssets(), buildCommonPasswords(), buildEmails()])
  await writeGenerated("built-from", sources)
}
