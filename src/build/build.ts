import { fingerprint, readGenerated, writeGenerated } from "./files.ts"

type Part = { name: string; sources: string[]; except?: string[]; outputs: string[]; build: () => Promise<void> }

/** Folders that the API can't import (test/imports.test.ts), so the OpenAPI document doesn't depend on them. */
const NOT_API = ["src/web", "src/webhooks", "src/emails", "src/local", "src/client"]

/** In build order: the OpenAPI document needs the languages, the client the document. */
const PARTS: Part[] = [
  {
    name: "languages",
    sources: ["src/text"],
    outputs: ["languages.js", "languages.d.ts", "public/texts.json"],
    build: async () => (await import("./languages.ts")).buildLanguages(),
  },
  {
    name: "assets",
    sources: ["public", "src/text"],
    outputs: ["assets.ts", "public/_headers"],
    build: async () => (await import("./assets.ts")).buildAssets(),
  },
  {
    name: "common-passwords",
    sources: ["src/domain/access"],
    outputs: ["public/common-passwords.bin"],
    build: async () => (await import("./common-passwords.ts")).buildCommonPasswords(),
  },
  {
    name: "emails",
    sources: ["src/emails", "src/text"],
    outputs: ["emails.ts"],
    build: async () => (await import("./emails.ts")).buildEmails(),
  },
  {
    name: "migrations",
    sources: ["migrations"],
    outputs: ["migrations.ts"],
    build: async () => (await import("./migrations.ts")).buildMigrations(),
  },
  {
    name: "openapi",
    sources: ["src"],
    except: NOT_API,
    outputs: ["public/openapi.json"],
    build: async () => (await import("./openapi.ts")).buildOpenapi(),
  },
  {
    name: "client",
    sources: ["src"],
    except: NOT_API.filter((folder) => folder !== "src/client"),
    outputs: ["client-source/index.ts", "client-source/api.ts", "client-source/operations.ts"],
    build: async () => (await import("./client/source.ts")).buildClientSource(),
  },
]

for (const part of PARTS) await buildIfChanged(part)

/** Wrangler, the tests and `npm start` all run a build, so building unchanged sources must be fast. */
async function buildIfChanged({ name, sources, except, outputs, build }: Part) {
  const current = await fingerprint([...sources, "src/build", "package-lock.json"], except)
  const builtFrom = await readGenerated(`source-hashes/${name}`)
  const existing = await Promise.all(outputs.map(readGenerated))
  if (builtFrom?.toString() === current && !existing.includes(undefined)) return

  await build()
  await writeGenerated(`source-hashes/${name}`, current)
}
