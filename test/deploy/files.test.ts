import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { expect, test } from "vitest"
import { experimental_readRawConfig, type Unstable_RawConfig } from "wrangler"
import { root } from "../../src/build/files.ts"
import { newSecrets } from "../../src/build/new-secrets.ts"
import { ENVIRONMENTS, filesOf } from "../../src/deploy/environments.ts"
import { EMAIL_EVENTS } from "../../src/deploy/resources.ts"

const read = (path: string) => readFile(join(root, path), "utf8")
const { rawConfig }: { rawConfig: Unstable_RawConfig } = experimental_readRawConfig({
  config: join(root, "wrangler.toml"),
})

/** The names of the schema in `http/settings.ts`. */
async function settingNames(): Promise<string[]> {
  const source = await read("src/http/settings.ts")
  const schema = /settingsSchema = z\.object\(\{\n([\s\S]*?)\n\}\)/.exec(source)?.[1] ?? ""
  return [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = ""]) => name)
}

test("every setting is a variable of wrangler.toml, or a secret of .dev.vars.example that the button explains", async () => {
  const names = await settingNames()
  const vars = Object.keys(rawConfig.vars ?? {})
  const secrets = names.filter((name) => !vars.includes(name))
  expect(secrets.length).toBeGreaterThan(3)
  expect(Object.keys(parseEnv(await read(".dev.vars.example"))).sort()).toEqual(secrets.sort())

  const { bindings } = JSON.parse(await read("package.json")).cloudflare
  expect(Object.keys(bindings)).toEqual(expect.arrayContaining(secrets))
  const bound = [...vars, ...secrets, ...(rawConfig.queues?.producers ?? []).map(({ binding }) => binding), "DB"]
  expect(Object.keys(bindings).filter((name) => !bound.includes(name))).toEqual([])
})

test("a deployment makes the secrets without which wrangler refuses to deploy", () => {
  expect(Object.keys(newSecrets())).toEqual(rawConfig.secrets?.required)
})

test("a deployment subscribes to the events that the Worker understands", async () => {
  const source = await read("src/domain/mail/delivery-events.ts")
  const understood = [...source.matchAll(/"cf\.email\.sending\.(message\.\w+)"/g)].map(([, event = ""]) => event)
  expect(EMAIL_EVENTS.toSorted()).toEqual([...new Set(understood)].sort())
})

test("git ignores secrets and generated configurations, but not what was chosen", () => {
  for (const environment of ENVIRONMENTS) {
    const { choices, secrets, wrangler } = filesOf(environment, root)
    const unsent = secrets.replace(".secrets.json", ".unsent.secrets.json")
    const draft = `${secrets}.${randomUUID()}`
    const paths = [choices, secrets, unsent, draft, wrangler]
    const ignored = execFileSync("git", ["check-ignore", "--no-index", ...paths], { cwd: root, encoding: "utf8" })
    expect(ignored.trim().split("\n")).toEqual([secrets, unsent, draft, wrangler])
  }
})
