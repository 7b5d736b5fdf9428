/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest"

const documents = import.meta.glob<string>(["../README.md", "../.github/SECURITY.md"], {
  query: "?raw",
  import: "default",
  eager: true,
})
const README = documents["../README.md"] ?? ""
const SECURITY = documents["../.github/SECURITY.md"] ?? ""

const files = Object.keys(
  import.meta.glob(["../*", "../src/**/*", "./**/*", "../public/*", "../migrations/*", "../.github/*"], {
    query: "?raw",
  }),
)

/** Files are named from the root, `src`, `test` or `.github`. */
const FOLDERS = ["../", "../src/", "./", "../.github/"]

function missingFiles(text: string, atLeast: number): string[] {
  const names = [...text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|js|toml|yml))`/g)].map(([, name = ""]) => name)
  expect(names.length).toBeGreaterThanOrEqual(atLeast) // so that a change of the notation doesn't hide them
  return names.filter((name) => !FOLDERS.some((folder) => files.includes(folder + name)))
}

/** OWASP ASVS 5.0.0: how many requirements each level adds. */
const REQUIREMENTS = { "1": 70, "2": 183, "3": 92 }

const rows = [
  ...SECURITY.matchAll(/^\| ([\d., ]+) \| ([123]) \| .+ \| (met|partly|not met|n\/a) \| (.+) \|$/gm),
].flatMap(([, ids = "", level = "", state = "", proof = ""]) =>
  ids.split(", ").map((id) => ({ id, level, state, proof })),
)
const numberOf = (level: string, state?: string) =>
  rows.filter((row) => row.level === level && (state ?? row.state) === row.state).length

describe("the README and SECURITY.md", () => {
  it("name only files and tests that exist", () => {
    expect(missingFiles(README, 3)).toEqual([])
    expect(missingFiles(SECURITY, 100)).toEqual([])
  })

  it.each(Object.entries(documents))("refer only to sections that exist: %s", (_, text) => {
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"))
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) expect(anchors).toContain(link)
  })
})

describe("the ASVS table", () => {
  it("has each requirement once", () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    for (const [level, number] of Object.entries(REQUIREMENTS)) expect(numberOf(level)).toBe(number)
  })

  it("has its totals", () => {
    for (const [level, number] of Object.entries(REQUIREMENTS)) {
      const counts = ["met", "partly", "not met", "n/a"].map((state) => numberOf(level, state))
      expect(SECURITY).toContain(`\n| ${[level, ...counts, number].join(" | ")} |\n`)
    }
  })
})
