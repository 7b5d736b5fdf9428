/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"

/** The folders of src that each folder may import from, besides itself and the table of routes. */
const MAY_IMPORT: Record<string, string[]> = {
  text: ["generated"],
  storage: ["text"],
  domain: ["storage", "text", "generated"],
  limiters: ["domain"],
  emails: ["domain", "text", "generated"],
  webhooks: ["domain"],
  http: ["domain", "storage", "text", "limiters"],
  web: ["http", "emails", "domain", "storage", "text", "generated"],
  api: ["http", "domain", "storage", "text", "generated"],
  jobs: ["http", "emails", "webhooks", "domain"],
  client: ["generated"],
  backup: ["build", "deploy", "domain", "text"],
  build: ["api", "domain", "text", "http"],
  deploy: ["build", "http", "domain", "text", "generated"],
  local: ["app", "worker", "limiters", "build", "web", "http", "emails", "domain", "storage", "text", "generated"],
}

const [routeTable = ""] = Object.values(
  import.meta.glob<string>("../src/routes.ts", { query: "?raw", import: "default", eager: true }),
)
const everySource = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })
const sources = Object.fromEntries(Object.entries(everySource).filter(([file]) => file.split("/").length > 3))

it("folders of src import only from the layers below them", () => {
  const violations: string[] = []
  for (const [file, source] of Object.entries(sources)) {
    const folder = file.split("/")[2] ?? ""
    for (const [, path = ""] of source.matchAll(/(?:from |import |import\()"(\.\.?\/[^"]+)"/g)) {
      const target = targetFolder(file, path)
      if (target !== folder && target !== "routes" && !MAY_IMPORT[folder]?.includes(target))
        violations.push(`${file} → ${path}`)
    }
  }
  expect(Object.keys(sources).length).toBeGreaterThan(30)
  expect(violations).toEqual([])
})

it("only the queues' handlers and the sender of emails send requests to other hosts", () => {
  // `fetch` of a binding is none of these: `env.ASSETS.fetch`, `app.fetch`.
  const request =
    /(?<![\w.])fetch\b(?!:)|\bglobalThis\b|(?<!\.|or )\bself\b(?![':-])|\bglobal\b|\bFunction\(|\bWebSocket\b|new EventSource\b|cloudflare:sockets|node:(http|https|http2|net|tls|dgram)\b/
  const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/ .*$/gm, "")
  const callers = Object.keys(everySource).filter((file) => request.test(withoutComments(everySource[file] ?? "")))
  const inWorker = callers.filter((file) => !/^\.\.\/src\/(local|build|backup|client|deploy)\//.test(file))
  expect(inWorker).toEqual(["../src/jobs/mail-sender.ts", "../src/jobs/queues.ts"])
})

it("nothing outside src/local imports from it", () => {
  const roots = import.meta.glob<string>("../src/*.ts", { query: "?raw", import: "default", eager: true })
  const importsLocal = (source: string) => /from "\.\/local\//.test(source)
  expect(Object.keys(roots)).toContain("../src/worker.ts")
  expect(Object.keys(roots).filter((file) => importsLocal(roots[file] ?? ""))).toEqual([])
})

it("the table of routes imports nothing", () => {
  expect(routeTable).toContain("export const ")
  expect(routeTable).not.toMatch(/^import /m)
})

function targetFolder(file: string, path: string): string {
  const resolvedPath = new URL(path, `file:///${file.replace("../", "")}`).pathname
  if (resolvedPath.includes("/.generated/")) return "generated"
  return (
    resolvedPath
      .replace(/^\/src\//, "")
      .split("/")[0]
      ?.replace(/\.ts$/, "") ?? ""
  )
}
