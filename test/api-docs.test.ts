import { beforeAll, describe, expect, it } from "vitest"
import { CHANGELOG, VERSION_POLICY } from "../src/api/versions.ts"
import { document, operations } from "./api-document.ts"
import { Browser } from "./support/app.ts"
import { FIRST_VIEW_MAX_BYTES, firstViewSizes } from "./support/first-view.ts"

const START = "/api/v1/docs"
const SLUGS = ((document.tags ?? []) as { name: string }[]).map(({ name }) => name.toLowerCase().replaceAll(" ", "-"))
/** The HTML of each page, by its path, in the order of the navigation. */
const pages = new Map<string, string>()

const htmlOf = (path: string) => pages.get(path) ?? expect.fail(`there is no page ${path}`)

const linksOf = (html: string) => [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, target = ""]) => target)

const idsOf = (html: string) => [...html.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id)

/** The page of an operation is that of its tag. */
const pageOf = ({ tags = [] }: { tags?: string[] }) =>
  decoded(htmlOf(`${START}/${tags[0]?.toLowerCase().replaceAll(" ", "-")}`))

beforeAll(async () => {
  const read = async (path: string) => {
    const response = await new Browser().get(path)
    expect([path, response.status]).toEqual([path, 200])
    const html = await response.text()
    pages.set(path, html)
    return html
  }
  const [navigation = ""] = /<nav aria-label="API">.*?<\/nav>/s.exec(await read(START)) ?? []
  for (const path of linksOf(navigation)) if (path.startsWith(`${START}/`)) await read(path)
})

const decoded = (html: string) =>
  html
    .replaceAll("<bdi>", "")
    .replaceAll("</bdi>", "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")

type CodeSample = { label: string; source: string }
const samplesOf = (operation: object) =>
  "x-codeSamples" in operation ? (operation["x-codeSamples"] as CodeSample[]) : []

describe("the API reference", () => {
  it("shows a sample for curl and for the client beside each call, with its own origin and without script", () => {
    for (const operation of operations) {
      const samples = samplesOf(operation)
      expect(samples.map(({ label }) => label)).toEqual(["curl", "TypeScript"])
      const page = pageOf(operation)
      const start = page.indexOf(`id="${operation.operationId}"`)
      const card = page.slice(start, page.indexOf("</article>", start))
      for (const { label, source } of samples) {
        expect(card).toContain(`<details open=""><summary>${label}</summary>`)
        expect(card).toContain(source.replace("https://vestibule.example", "http://localhost:8787"))
      }
      expect(card).toContain(`curl ${operation.method === "PATCH" ? "-X PATCH " : ""}`)
    }
  })

  it("has real ids in the paths of samples, not those of other resources", () => {
    const sampleOf = (id: string) =>
      samplesOf(operations.find(({ operationId }) => operationId === id) ?? {})[0]?.source
    expect(sampleOf("getInvite")).toMatch(/\/invites\/inv_\w{26} /)
    expect(sampleOf("redeliverWebhook")).toMatch(/\/webhooks\/whk_\w{26}\/deliveries\/evt_\w+\/redeliveries /)
    expect(sampleOf("revokeResellerAdminInvite")).toMatch(
      /\/resellers\/res_\w{26}\/admin_invites\/inv_\w{26}\/revocation /,
    )
    expect(sampleOf("revokeResellerAdminInvite")).toContain("Bearer $OPERATOR_TOKEN")
    for (const operation of operations) expect(JSON.stringify(samplesOf(operation))).not.toMatch(/\/…|[{}]id|\("…/)
  })

  it("has a page for each group of calls, each with its CSS in one round trip of a new connection", async () => {
    expect([...pages.keys()]).toEqual([
      START,
      ...SLUGS.map((slug) => `${START}/${slug}`),
      `${START}/webhook-events`,
      `${START}/versions`,
    ])
    for (const [path, html] of pages) {
      const sizes = await firstViewSizes(html)
      const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
      expect(sizes.length).toBe(2)
      expect(size, `${path}: ${sizes}`).toBeLessThanOrEqual(FIRST_VIEW_MAX_BYTES)
      expect(size, path).toBeGreaterThan(5_000)
    }
  })

  it("leads from each page to all others, and to the one before and after it", () => {
    const paths = [...pages.keys()]
    for (const [n, path] of paths.entries()) {
      const html = htmlOf(path)
      expect(html).toContain(`<a href="${path}" aria-current="page">`)
      expect(html.match(/aria-current/g)).toHaveLength(1)
      expect(linksOf(html)).toEqual(expect.arrayContaining(paths))
      const neighbor = (rel: string) => new RegExp(`href="([^"]*)" rel="${rel}"`).exec(html)?.[1]
      expect([path, neighbor("prev"), neighbor("next")]).toEqual([path, paths[n - 1], paths[n + 1]])
    }
  })

  it("explains on its first page whatever an anchor there has ever named, and leads on to it", () => {
    const start = htmlOf(START)
    const codes = (document["x-problems"] as { code: string }[]).map(({ code }) => code)
    const anchors = [...operations.map(({ operationId }) => operationId), ...codes, ...SLUGS]
    expect(idsOf(start)).toEqual(expect.arrayContaining([...anchors, "start", "webhook-events", "errors", "versions"]))
    for (const [path, html] of pages) {
      expect([path, new Set(idsOf(html)).size]).toEqual([path, idsOf(html).length])
      for (const link of linksOf(html).filter((target) => target.startsWith(START) && target.includes("#"))) {
        const [target = "", id] = link.split("#")
        expect([link, idsOf(htmlOf(target)).includes(id ?? "")]).toEqual([link, true])
      }
    }
  })

  it("has no other pages", async () => {
    for (const path of ["/nowhere", "/errors", "/Invites", "/invites/x"]) {
      const response = await new Browser().get(START + path)
      expect([path, response.status, response.headers.get("Content-Type")]).toEqual([
        path,
        404,
        "application/problem+json",
      ])
    }
  })

  it("says what can change in v1, and what changed in each version", () => {
    const page = decoded(htmlOf(`${START}/versions`))
    for (const paragraph of VERSION_POLICY.split("\n\n")) {
      expect(page).toContain(
        paragraph
          .split("\n")
          .at(-1)
          ?.replaceAll(/`(.+?)`/g, "<code>$1</code>"),
      )
    }
    for (const { version, date, changes } of CHANGELOG) {
      expect(page).toContain(`<code>${version}</code><span class="muted">${date}</span>`)
      for (const change of changes) expect(page).toContain(change.replaceAll(/`(.+?)`/g, "<code>$1</code>"))
    }
    expect(document.info.version).toBe(CHANGELOG[0].version)
  })
})
