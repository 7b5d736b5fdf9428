import { spawnSync } from "node:child_process"
import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../../src/build/files.ts"

// Walks through the product in Chromium and keeps the pictures that the README shows.

const PICTURES = ["dashboard", "form", "invites-accepted", "email", "registration", "account", "api-keys"]
const all = join(generated, "screenshots")
const kept = join(root, "test/browser/screenshots")

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/browser/vitest.config.ts"]
const { status } = spawnSync(process.execPath, vitest, {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: all },
})
if (status !== 0) process.exit(status ?? 1)
await mkdir(kept, { recursive: true })
for (const name of PICTURES) await copyFile(join(all, `${name}-desktop-light.png`), join(kept, `${name}.png`))
await copyFile(join(all, "api-call-desktop-light.png"), join(kept, "api-docs.png"))
await copyFile(join(all, "staff-invited-desktop.png"), join(kept, "staff.png"))
await copyFile(join(all, "invites-accepted-phone-dark.png"), join(kept, "invites-phone-dark.png"))
