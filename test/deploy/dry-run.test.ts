import { readdir } from "node:fs/promises"
import { beforeEach, expect, test } from "vitest"
import { cloneRepository, startDeployment } from "./clone.ts"
import { FIRST, Site } from "./harness.ts"

let folder: string

beforeEach(async () => {
  folder = await cloneRepository()
})

test("a dry run needs no account and no network, changes nothing, and shows the commands of a deployment", async () => {
  const before = await readdir(folder)
  const { code, output } = await startDeployment(folder, ["--dry-run"], "no-network.js", { CLOUDFLARE_API_TOKEN: "" })
    .result
  expect(code, output).toBe(0)
  expect((await readdir(folder)).filter((name) => !before.includes(name)).sort()).toEqual([".generated", ".wrangler"])

  const site = await Site.open()
  const commands = await site.commandsOf(FIRST)
  const shown = [...output.matchAll(/^ {2}\$ npx wrangler (.+)$/gm)].map(([, command = ""]) => command)
  const words = (command: string) =>
    command
      .split(" ")
      .filter((word) => !/[./=]|_ID|\d/.test(word))
      .join(" ")
  expect(shown.map(words)).toEqual(commands.slice(1).map(words))
})
