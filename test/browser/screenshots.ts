import { spawnSync } from "node:child_process"
import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../../src/build/files.ts"

// Runs the browser tests and keeps the screenshots that the README shows.

const PICTURE_NAMES = ["dashboard", "form", "invites-accepted", "email", "registration", "account", "api-keys"]
const outputDir = join(generated, "screenshots")
const keptDir = join(root, "test/browser/screenshots")

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/browser/vitest.config.ts"]
const { status } = spawnSync(process.execPath, vitest, {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: outputDir },
})
if (status !== 0) process.exit(status ?? 1)
await mkdir(keptDir, { recursive: true })
for (const name of PICTURE_NAMES)
  await copyFile(join(outputDir, `${name}-desktop-light.png`), join(keptDir, `${name}.png`))
await copyFile(join(outputDir, "api-call-desktop-light.png"), join(keptDir, "api-docs.png"))
await copyFile(join(outputDir, "staff-invited-desktop.png"), join(keptDir, "staff.png"))
await copyFile(join(outputDir, "invites-accepted-phone-dark.png"), join(keptDir, "invites-phone-dark.png"))
