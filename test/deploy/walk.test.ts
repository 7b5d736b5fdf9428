import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { filesOf } from "../../src/deploy/environments.ts"
import { cloneRepository, startDeployment } from "./clone.ts"
import { FIRST, Site } from "./harness.ts"
import { Provider } from "./provider.ts"
import { serve } from "./serve.ts"
import { State } from "./state.ts"

let folder: string

beforeEach(async () => {
  folder = await cloneRepository()
})

test("with the real wrangler, killed in the middle and run again, it completes as the tests of each step assume", async () => {
  const provider = new Provider(new State())
  const { state } = provider
  const { url, close } = await serve(provider)
  const env = { CLOUDFLARE_API_BASE_URL: `${url}/client/v4`, CLOUDFLARE_API_TOKEN: state.token, PROVIDER_URL: url }
  const start = (args: string[]) => startDeployment(folder, args, "redirect-fetch.js", env)

  const first = start([...FIRST, "--yes"])
  provider.onRequest = (request) => {
    if (request.endsWith("/query")) process.kill(-(first.child.pid ?? 0), "SIGKILL")
  }
  expect(await first.result).toMatchObject({ code: null })
  expect(state.databases).toHaveLength(1)
  expect(state.scripts).toEqual([])

  provider.onRequest = () => undefined
  const { code, output } = await start([...FIRST, "--yes"]).result
  close()
  expect(code, output).toBe(0)
  expect(output).toContain("the invite to dana@acme.test was delivered")
  expect(provider.unknown).toEqual([])

  const site = await Site.open()
  await site.deploy(FIRST)
  expect(state.summary()).toEqual(site.state.summary())

  const { secrets: file } = filesOf("production", folder)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const secrets: Record<string, string> = JSON.parse(await readFile(file, "utf8"))
  expect(state.scripts[0]?.secrets).toEqual(secrets)
  const logs = (await readdir(join(folder, ".wrangler/logs"))).map((name) => join(folder, ".wrangler/logs", name))
  expect(logs.length).toBeGreaterThan(5)
  const said = [output, ...(await Promise.all(logs.map((log) => readFile(log, "utf8"))))].join("\n")
  for (const value of [...Object.values(secrets), state.token]) expect(said).not.toContain(value)
})
