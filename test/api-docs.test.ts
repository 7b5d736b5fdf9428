import { beforeAll, describe, expect, it } from "vitest"
import { CHANGELOG, VERSION_POLICY } from "../src/api/versions.ts"
import { document, operations } from "./api-document.ts"
import { Browser } from "./support/app.ts"

let page: string

beforeAll(async () => {
  const response = await new Browser().get("/api/v1/docs")
  expect(response.status).toBe(200)
  page = decoded(await response.text())
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

  it("says what can change in v1, and what changed in each version", () => {
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
    expect(page).toContain('href="#versions"')
    expect(document.info.version).toBe(CHANGELOG[0].version)
  })
})
