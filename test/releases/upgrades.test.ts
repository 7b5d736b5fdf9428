import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { expect, it } from "vitest"
import { root } from "../../src/build/files.ts"
import { bundle } from "../resilience/build.ts"
import { hashMigrations, keptVersions, type Release, readAssets, readRelease } from "./archive.ts"
import { deploy } from "./runtime.ts"
import { inviteCustomer, openReseller, walk } from "./walk.ts"

const versions = await keptVersions()

it("the release of this version is kept", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  expect(versions).toContain(version)
})

it.each(versions)("the migrations of %s are as they were released", async (version) => {
  expect(await hashMigrations()).toMatchObject((await readRelease(version)).migrations)
})

it.each(versions)("%s works on today's schema before, beside and after today's Worker", async (version) => {
  const state = await mkdtemp(join(tmpdir(), "vestibule-upgrade-"))
  const released = await readRelease(version)
  const today = await currentRelease()

  const before = await deploy(released, state)
  await migrate(before.database, (name) => name in released.migrations)
  const account = await openReseller(before)
  const fromRelease = await inviteCustomer(before, account, "Contoso")
  await migrate(before.database, (name) => !(name in released.migrations))
  await walk(before, account, "Fabrikam")
  await before.stop()

  const after = await deploy(today, state)
  await walk(after, account, "Lumen", fromRelease)
  const fromToday = await inviteCustomer(after, account, "Fjord")
  await after.stop()

  const rolledBack = await deploy(released, state)
  await walk(rolledBack, account, "Meridian", fromToday)
  await rolledBack.stop()
  await rm(state, { recursive: true, force: true })
})

async function migrate(database: D1Database, isDue: (name: string) => boolean) {
  for (const { name, queries } of await readD1Migrations(join(root, "migrations"))) {
    if (isDue(name)) await database.batch(queries.map((sql) => database.prepare(sql)))
  }
}

async function currentRelease(): Promise<Pick<Release, "worker" | "assets">> {
  return { worker: await readFile(join(bundle, "index.js"), "utf8"), assets: await readAssets() }
}
