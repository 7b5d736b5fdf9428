import { execFile } from "node:child_process"
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { generated, root } from "../../src/build/files.ts"
import { mustRunNode } from "../../src/build/run-node.ts"
import { startFixture } from "./support.ts"

const run = promisify(execFile)
const fixture = startFixture()

/** The machine's own Node, which may be older than the one in node_modules. */
const machinePath = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !folder.includes("node_modules"))
  .join(delimiter)
const env = { ...process.env, PATH: machinePath, npm_config_offline: "true" }

/** An empty project of somebody else, with the packed client. */
let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "vestibule-client-"))
  await mustRunNode(join(root, "src/build/client/package.ts"), [])
  const { stdout } = await run("npm", ["pack", "--silent", join(generated, "client")], { cwd: project, env })
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
  await run("npm", ["install", "--no-audit", "--no-fund", `./${stdout.trim()}`], { cwd: project, env })
  await cp(join(root, "test/browser/client-project"), project, { recursive: true })
})
afterAll(() => rm(project, { recursive: true, force: true }))

async function compile(files: string[], ...flags: string[]): Promise<string> {
  const strict = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
  ]
  const platform = ["--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--types", ""]
  const args = [join(root, "node_modules/typescript/bin/tsc"), ...strict, ...platform, ...flags, ...files]
  return run(process.execPath, args, { cwd: project }).then(
    () => "",
    ({ stdout }) => stdout,
  )
}

/** The code of a bundle for browsers that uses these exports of the client. */
async function bundle(names: string): Promise<string> {
  const contents = `${names === "*" ? "export *" : `export { ${names} }`} from "@vestibule/client"`
  const options = { bundle: true, minify: true, write: false, format: "esm", platform: "browser" } as const
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: project } })
  return outputFiles[0]?.text ?? ""
}

describe("the packed client in an empty project", () => {
  it("has no dependencies, and its files are its code, its types and its README", async () => {
    expect(await readdir(join(project, "node_modules/@vestibule"))).toEqual(["client"])
    expect((await readdir(join(project, "node_modules"))).filter((name) => !name.startsWith("."))).toEqual([
      "@vestibule",
    ])
    const folder = join(project, "node_modules/@vestibule/client")
    expect((await readdir(folder)).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"])
    const extensions = (await readdir(join(folder, "dist"))).map((name) => name.replace(/^\w+/, ""))
    expect(new Set(extensions)).toEqual(new Set([".js", ".d.ts"]))
  })

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("compiles strictly, with its mistakes found, as modules of %s resolved by %s", async (module, resolution) => {
    expect(await compile(["sample.ts"], "--module", module, "--moduleResolution", resolution)).toBe("")
  })

  it("compiles the examples of its README and the samples of the API reference", async () => {
    const readme = await readFile(join(project, "node_modules/@vestibule/client/README.md"), "utf8")
    const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code)
    const document: { paths: Record<string, Record<string, Operation>> } = JSON.parse(
      await readFile(join(generated, "public/openapi.json"), "utf8"),
    )
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
    const samples = operations.map((operation) => {
      const source = operation["x-codeSamples"].find(({ lang }) => lang === "TypeScript")?.source ?? ""
      return `import { createClient } from "@vestibule/client"\nconst client = createClient({ baseUrl: "", apiKey: "" })\n${source}\nexport {}\n`
    })
    expect(examples.length).toBeGreaterThan(4)
    expect(samples.length).toBeGreaterThan(30)
    const files = await Promise.all(
      [...examples, ...samples].map(async (code, number) => {
        await writeFile(join(project, `example-${number}.ts`), code)
        return `example-${number}.ts`
      }),
    )
    expect(await compile(files, "--module", "esnext", "--moduleResolution", "bundler")).toBe("")
  })

  it("calls the service and verifies its webhooks on the machine's own Node", async () => {
    const { stdout } = await run("node", ["calls.js", fixture.server.url], { cwd: project, env })
    expect(JSON.parse(stdout)).toEqual({
      node: expect.any(String),
      event: expect.objectContaining({ id: expect.stringMatching(/^evt_/), type: "invite.created" }),
      forged: "wrong_signature",
      isCreatedOnce: true,
      isEventOfInvite: true,
      companies: ["Company 4", "Company 3", "Company 2", "Company 1", "Company 0"],
      note: "Hello",
      stale: "version_conflict",
      resent: 2,
      resentAgain: "resend_cooldown",
      link: true,
      revoked: "revoked",
      gone: "not_found",
      checked: "invite_pending",
      customers: 0,
      reseller: "initech",
    })
  })

  it("calls the service from a browser", async () => {
    const code = await bundle("createClient, createInvite, getInvite")
    const page = await fixture.browser.newPage({ baseURL: fixture.server.url, bypassCSP: true })
    await page.goto("/api/v1/docs")
    await page.addScriptTag({
      type: "module",
      content: code.replace(/export\{(.+)\};?\s*$/, (_, names: string) => {
        const entries = names.split(",").map((name) => name.split(" as ").reverse().join(":"))
        return `window.vestibule={${entries}}`
      }),
    })
    const status = await page.evaluate(async () => {
      const { createClient, createInvite, getInvite } = Reflect.get(window, "vestibule")
      const apiKey = "vst_local_globex_0123456789abcdef0123456789abcdef"
      const client = createClient({ baseUrl: location.origin, apiKey })
      const { id } = await createInvite(client, {
        company_name: "Northwind Logistics",
        contact_name: "Priya Nair",
        contact_email: "priya@northwind.example",
        billing_email: "billing@globex.example",
        billing_phone: "+1 212 555 0187",
      })
      return (await getInvite(client, id)).status
    })
    expect(status).toBe("pending")
    await page.close()
  })

  it("adds little to a bundle, and only what is used", async () => {
    const [one, verification, all] = [
      await bundle("createClient, getInvite"),
      await bundle("verifyWebhook"),
      await bundle("*"),
    ]
    expect(one.length).toBeLessThan(3_600)
    expect(one).not.toContain("webhook-signature")
    expect(one).not.toContain("/billing_accounts")
    expect(verification.length).toBeLessThan(2_000)
    expect(verification).not.toContain("Idempotency-Key")
    expect(all.length).toBeGreaterThan(one.length + verification.length)
    expect(all.length).toBeLessThan(20_000)
  })
})

type Operation = { "x-codeSamples": { lang: string; source: string }[] }
