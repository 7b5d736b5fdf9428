import { readdir } from "node:fs/promises"
import { beforeEach, expect, test } from "vitest"
import { createDryRun } from "../../src/deploy/dry-run.ts"
import { readOptions } from "../../src/deploy/options.ts"
import { deploy } from "../../src/deploy/steps.ts"
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

test("a dry run finds the database that it is to use", async () => {
  const { folder: place } = await Site.open()
  const options = readOptions(["--dry-run", "--database", "vestibule-2"])
  if (!options) throw new Error("the flags ask for help")
  const said: string[] = []
  const tools = createDryRun(options, { say: (line) => said.push(line), ask: undefined }, async () => "")
  await deploy(tools, options, { folder: place })
  expect(said).toContain("Database    vestibule-2 exists")
  expect(await readdir(place)).not.toContain(".deploy")
})
