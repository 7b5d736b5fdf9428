import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { newSecrets } from "../../src/build/new-secrets.ts"
import { filesOf, writeJson } from "../../src/deploy/environments.ts"
import { FIRST, Site } from "./harness.ts"

let site: Site
let file: string

beforeEach(async () => {
  site = await Site.open()
  file = filesOf("production", site.folder).secrets
})

const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const readSecrets = async (): Promise<Record<string, string>> => JSON.parse(await readFile(file, "utf8"))

test("secrets are random, in a file that only its owner can read, and nothing that a deployment says has one", async () => {
  const output = await site.deploy(FIRST)
  const secrets = await readSecrets()
  expect(await modeOf(file)).toBe(0o600)
  expect(Object.keys(secrets)).toEqual(["AUTH_SECRET", "LINK_KEYS", "OPERATOR_TOKEN"])
  expect(site.state.scripts[0]?.secrets).toEqual(secrets)
  const values = Object.values(secrets).flatMap((value) => [value, ...(value.match(/[\w-]{30,}/g) ?? [])])
  expect(values.filter((value) => value.length < 43)).toEqual([])
  expect(values.filter((value) => output.includes(value))).toEqual([])
  expect(await readdir(join(site.folder, ".deploy"))).toEqual(["production.json", "production.secrets.json"])
  const choices = await readFile(filesOf("production", site.folder).choices, "utf8")
  expect(values.filter((value) => choices.includes(value))).toEqual([])
})

test("secrets are never replaced, neither in the file nor in the Worker, and a file that others can read is closed", async () => {
  await site.deploy(FIRST)
  const first = await readSecrets()
  const [script] = site.state.scripts
  Object.assign(script?.secrets ?? {}, { LINK_KEYS: "rotated by hand" })
  await chmod(file, 0o644)
  expect(await site.deploy(["--yes"])).toContain("its secrets are unchanged")

  expect(await readSecrets()).toEqual(first)
  expect(await modeOf(file)).toBe(0o600)
  expect(script?.secrets).toEqual({ ...first, LINK_KEYS: "rotated by hand" })
})

test("of two deployments at once, one may fail, but both have the same secrets", async () => {
  const results = await Promise.allSettled([site.deploy(FIRST), site.deploy(FIRST)])
  expect(results.map(({ status }) => status)).toContain("fulfilled")
  expect(site.state.scripts[0]?.secrets).toEqual(await readSecrets())
  expect(await site.deploy(["--yes"])).toContain("its secrets are unchanged")
  expect(site.state.summary()).toMatchObject({ databases: [{}], resellers: [[{ name: "Acme" }]] })
})

test("a secret that the Worker lacks is sent alone, and one that neither has is made", async () => {
  await site.deploy(FIRST)
  const first = await readSecrets()
  const [script] = site.state.scripts
  delete script?.secrets.LINK_KEYS
  Object.assign(script?.secrets ?? {}, { AUTH_SECRET: "rotated by hand" })
  expect(await site.deploy(["--yes"])).toContain("with LINK_KEYS")
  expect(script?.secrets).toEqual({ ...first, AUTH_SECRET: "rotated by hand" })

  const { LINK_KEYS: _, ...others } = first
  delete script?.secrets.LINK_KEYS
  await writeFile(file, JSON.stringify(others))
  expect(await site.deploy(["--yes"])).toContain("created LINK_KEYS")
  expect(script?.secrets.LINK_KEYS).toBe((await readSecrets()).LINK_KEYS)
  expect(await readSecrets()).toMatchObject(others)
})

test("--send-secrets replaces what the Worker has by what is in the file", async () => {
  await site.deploy(FIRST)
  const changed = { ...(await readSecrets()), AUTH_SECRET_PREVIOUS: "a".repeat(43), OPERATOR_TOKEN: "b".repeat(43) }
  await writeFile(file, JSON.stringify(changed))
  await site.deploy(["--yes", "--send-secrets"])
  expect(site.state.scripts[0]?.secrets).toEqual(changed)
})

test("where the file is missing, no secrets are made for a Worker that has some; the operator token is enough", async () => {
  await site.deploy(FIRST)
  const { OPERATOR_TOKEN: token = "" } = await readSecrets()
  const deployed = { ...site.state.scripts[0]?.secrets }
  await rm(file)
  await expect(site.deploy(["--yes"])).rejects.toThrow(/the operator token isn't known here/)

  expect(await site.deploy(["--yes"], token)).toContain("the test email to dana@acme.test was delivered")
  expect(site.state.scripts[0]?.secrets).toEqual(deployed)
  await expect(readSecrets()).rejects.toThrow("ENOENT")
})

test("a secret that a setting needs may be in the Worker alone", async () => {
  await site.deploy(FIRST)
  await site.changeChoices(({ vars }) => Object.assign(vars, { MAIL_PROVIDERS: "binding http" }))
  await expect(site.deploy(["--yes"])).rejects.toThrow("A setting is wrong: MAIL_API_KEY is not set.")

  Object.assign(site.state.scripts[0]?.secrets ?? {}, { MAIL_API_KEY: "re_by_hand" })
  expect(await site.deploy(["--yes"])).toContain("its secrets are unchanged")
  await site.deploy([], undefined, { WORKERS_CI: "1" })
  expect(site.state.scripts[0]).toMatchObject({ versions: 3, secrets: { MAIL_API_KEY: "re_by_hand" } })
})

test("a pipeline makes no secrets, which would be lost with its folder, but sends those that it has", async () => {
  const pipeline = { CI: "true" }
  await expect(site.deploy([...FIRST, "--yes"], undefined, pipeline)).rejects.toThrow(
    "AUTH_SECRET, LINK_KEYS, OPERATOR_TOKEN would be made here and be lost with the folder of this pipeline.",
  )
  expect(site.provider.changes).toEqual([])
  await expect(readSecrets()).rejects.toThrow("ENOENT")

  await writeJson(file, newSecrets())
  expect(await site.deploy([...FIRST, "--yes"], undefined, pipeline)).toContain(
    "with AUTH_SECRET, LINK_KEYS, OPERATOR_TOKEN",
  )
})

test("an operator token that isn't the Worker's is named", async () => {
  await site.deploy(FIRST)
  await writeFile(file, JSON.stringify({ ...(await readSecrets()), OPERATOR_TOKEN: "c".repeat(43) }))
  await expect(site.deploy(["--yes"])).rejects.toThrow("Reseller: The Worker refused the operator token")
})

test("an interruption leaves no secrets but those in the folder that git ignores", async () => {
  for (let count = 0; ; count++) {
    const other = await Site.open()
    if (!(await other.deployUntil(count, "before", FIRST))) break
    const files = await readdir(join(other.folder, ".deploy")).catch(() => [])
    expect(files.filter((name) => !/^production\.json$|\.secrets\.json$/.test(name))).toEqual([])
  }
})
