// Runs before anything is installed, on the machine's own Node, so this is plain JavaScript.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = new URL("../../", import.meta.url)

if (!isInstalled()) {
  console.log("Installing dependencies…")
  const npm = spawnSync("npm", ["ci", "--include=dev", "--no-progress", "--loglevel=error"], {
    cwd: fileURLToPath(root),
    encoding: "utf8",
    shell: process.platform === "win32",
  })
  if (npm.status !== 0) {
    console.error(npm.error?.message ?? npm.stdout + npm.stderr)
    console.error(
      "The dependencies couldn't be installed. That needs the network, once: run `npm ci`, then the same command again.",
    )
    process.exit(1)
  }
}

/** Compares contents: checkouts and installs change file times. */
function isInstalled() {
  const wanted = packagesOf("package-lock.json")
  const present = packagesOf("node_modules/.package-lock.json")
  if (!wanted || !present) return false

  const isCurrent = ([path, { version, integrity }]) =>
    wanted[path]?.version === version && wanted[path]?.integrity === integrity
  const isPresent = ([path, { optional }]) => path === "" || optional || path in present
  return Object.entries(present).every(isCurrent) && Object.entries(wanted).every(isPresent)
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), "utf8")).packages
  } catch (error) {
    if (error.code === "ENOENT") return undefined
    throw error
  }
}
