/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest"
import { EVENT_LIST_DAYS } from "../src/domain/events/list.ts"
import { EVENT_RETENTION_DAYS } from "../src/domain/events/retention.ts"
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX } from "../src/domain/imports/read-table.ts"
import { INVITE_LIFETIME_MAX_DAYS, NOTE_MAX } from "../src/domain/invites/fields.ts"
import { SELECTION_MAX } from "../src/domain/jobs/selection.ts"
import { METADATA_KEYS_MAX } from "../src/domain/metadata.ts"
import { OUTBOX_RETENTION_DAYS } from "../src/domain/outbox/outbox.ts"
import { LOGO_MAX_BYTES } from "../src/domain/resellers/logo.ts"
import { BODY_MAX_BYTES, FIELDS_MAX } from "../src/http/limits.ts"
import { EMAIL_MAX } from "../src/text/email-address.ts"

const documents = import.meta.glob<string>(["../README.md", "../.github/SECURITY.md", "../wrangler.toml"], {
  query: "?raw",
  import: "default",
  eager: true,
})
const README = documents["../README.md"] ?? ""
const SECURITY = documents["../.github/SECURITY.md"] ?? ""
const WRANGLER = documents["../wrangler.toml"] ?? ""

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
    expect(missingFiles(README, 2)).toEqual([])
    expect(missingFiles(SECURITY, 100)).toEqual([])
  })

  it.each(Object.entries({ README, SECURITY }))("refer only to sections that exist: %s", (_, text) => {
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"))
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) expect(anchors).toContain(link)
  })
})

describe("the README", () => {
  const sectionOf = (title: string) => README.split(/^## /m).find((section) => section.startsWith(title)) ?? ""

  it("has each variable with its value in wrangler.toml", () => {
    const [, vars = ""] = /\n\[vars\]\n([\s\S]*?)\n\n/.exec(WRANGLER) ?? []
    const rows = [...vars.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name, value]) => `| \`${name}\` | \`${value}\` |`)
    expect(rows.length).toBeGreaterThan(15)
    for (const row of rows) expect(sectionOf("Configuration")).toContain(row)
  })

  it("has the limits of the code", () => {
    const limits = [
      `${IMPORT_ROWS_MAX.toLocaleString("en-US")} rows`,
      `${IMPORT_BYTES_MAX / 1024 ** 2} MiB`,
      `${SELECTION_MAX.toLocaleString("en-US")} invites`,
      `1 to ${INVITE_LIFETIME_MAX_DAYS} days`,
      `${METADATA_KEYS_MAX} keys of metadata`,
      `${EMAIL_MAX} an email address`,
      `${NOTE_MAX} a note`,
      `${BODY_MAX_BYTES / 1024} KiB and ${FIELDS_MAX} fields`,
      `a logo of ${LOGO_MAX_BYTES / 1000} kB`,
      `events ${EVENT_LIST_DAYS} days in the API and ${EVENT_RETENTION_DAYS} in the database`,
      `emails ${OUTBOX_RETENTION_DAYS} days`,
    ]
    for (const limit of limits) expect(sectionOf("Limits")).toContain(limit)
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
