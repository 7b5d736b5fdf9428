import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { cp, mkdtemp, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { text } from "node:stream/consumers"
import { root } from "../../src/build/files.ts"

/** What a deployment needs of the repository. */
const SOURCES = ["src", "public", "migrations", "package.json", "package-lock.json", "tsconfig.json", "wrangler.toml"]

/** A clone of the repository as it is here, without anything that was built. Its packages are installed. */
export async function cloneRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vestibule-clone-"))
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", ...SOURCES]
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).trim().split("\n")
  for (const file of files) await cp(join(root, file), join(folder, file))
  await symlink(join(root, "node_modules"), join(folder, "node_modules"))
  return folder
}

/** Starts `npm run deploy` in a clone, with the machine's own Node on the path. `preload` is a script that runs before. */
export function startDeployment(folder: string, args: string[], preload: string, env: Record<string, string>) {
  const bin = join("node_modules", ".bin")
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes(bin))
  const child = spawn("npm", ["run", "--silent", "deploy", "--", ...args], {
    cwd: folder,
    detached: true, // so that it can be killed with its children
    env: {
      ...process.env,
      ...env,
      PATH: path.join(delimiter),
      NODE_OPTIONS: `--import ${join(root, "test/deploy", preload)}`,
      CI: "", // the tests', not that of a deployment
      npm_config_update_notifier: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  return { child, result: readResult(child, once(child, "close")) }
}

async function readResult({ stdout, stderr }: ChildProcess, closed: Promise<unknown[]>) {
  if (!stdout || !stderr) throw new Error("the output of the deployment isn't read")
  const [output, problems, [code]] = await Promise.all([text(stdout), text(stderr), closed])
  return { code, output: output + problems }
}
