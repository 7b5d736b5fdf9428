import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { newId } from "../src/storage/ids.ts"
import { type Browser, count, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { importOnPages } from "./support/imports.ts"
import { insertInvites, insertJob } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"

const IMPORTS = "/customers/invites/imports"

const linksIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...(/<div class="pager">.*?<\/div>/s.exec(html)?.[0].matchAll(/<a href="([^"]+)">([^<]+)<\/a>/g) ?? [])].map(
      ([, path = "", label = ""]) => [label, path.replaceAll("&amp;", "&")],
    ),
  )

/** What `pick` finds on each page from `path` to the last one, and then on each page back to the first one. */
async function walk(browser: Browser, path: string, pick: RegExp, [forth, back]: [forth: string, back: string]) {
  const picked: string[][] = []
  let next: string | undefined = path
  let label = forth
  while (next) {
    const html = await (await browser.get(next)).text()
    picked.push([...html.matchAll(pick)].map(([, found = ""]) => found))
    const links = linksIn(html)
    if (label === forth && !links[forth]) label = back
    next = links[label]
  }
  return picked
}

const mirrored = <T>(pages: T[]) => [...pages, ...pages.toReversed().slice(1)]

it("the list of imports has pages, and the form only on the first", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const { resellerId: other } = await signInStaff("globex")
  const insertImports = async (reseller: string, from: number, to: number) => {
    for (let n = from; n < to; n++) await insertNamedImport(reseller, n)
  }
  await insertImports(resellerId, 0, 60)
  await insertImports(other, 60, 62)
  const names = Array.from({ length: 60 }, (_, n) => `File ${59 - n}.csv`)
  const pages = [names.slice(0, 25), names.slice(25, 50), names.slice(50)]
  expect(await walk(browser, IMPORTS, />(File \d+\.csv)</g, ["Older →", "← Newer"])).toEqual(mirrored(pages))

  const first = await (await browser.get(IMPORTS)).text()
  const second = await (await browser.get(linksIn(first)["Older →"] ?? "")).text()
  expect([first, second].map((html) => html.includes('type="file"'))).toEqual([true, false])
  const beyond = await browser.get(`${IMPORTS}?before=job_0`)
  expect([beyond.status, beyond.headers.get("Location")]).toEqual([303, IMPORTS])

  const measureRows = async () => {
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    expect((await browser.get(IMPORTS)).status).toBe(200)
    return costs.rowsRead
  }
  const rowsRead = await measureRows()
  const invites = await insertInvites(resellerId, billingId, 1)
  for (let n = 0; n < 60; n++) await insertJob(resellerId, "revoke", invites)
  await insertImports(resellerId, 62, 122)
  expect(await measureRows()).toBe(rowsRead)
})

async function insertNamedImport(resellerId: string, n: number) {
  const id = newId("job", new Date(Date.UTC(2026, 0, 1) + n * 1000))
  await env.DB.prepare(
    `INSERT INTO jobs (id, reseller_id, kind, status, actor_kind, params, row_count, waiting_count, file_name, created_at)
     VALUES (?, ?, 'import', 'done', 'staff', '{}', 1, 0, ?, 0)`,
  )
    .bind(id, resellerId, `File ${n}.csv`)
    .run()
}

it("rows of an import have pages, those with problems first, also after the row of a link was removed", async () => {
  const { browser } = await signInStaff()
  const lines = Array.from(
    { length: 120 },
    (_, n) => `Company ${n},Contact,${n % 40 === 7 ? "nobody" : `c@n${n}.example`}`,
  )
  const id = await importOnPages(browser, ["Company,Contact,Email", ...lines].join("\n"))
  const path = `${IMPORTS}/${id}`
  const positions = Array.from({ length: 120 }, (_, n) => n + 2)
  const isProblem = (position: number) => (position - 2) % 40 === 7
  const order = [...positions.filter(isProblem), ...positions.filter((n) => !isProblem(n))].map(String)
  const pages = [order.slice(0, 50), order.slice(50, 100), order.slice(100)]
  const number = /class="number"[^>]*>(\d+)</g
  expect(await walk(browser, path, number, ["Next →", "← Previous"])).toEqual(mirrored(pages))
  const ready = order.slice(3)
  expect(await walk(browser, `${path}?code=ready`, number, ["Next →", "← Previous"])).toEqual(
    mirrored([ready.slice(0, 50), ready.slice(50, 100), ready.slice(100)]),
  )

  const last = linksIn(
    await (await browser.get(linksIn(await (await browser.get(path)).text())["Next →"] ?? "")).text(),
  )
  await runSql("DELETE FROM job_rows WHERE job_id = ? AND position > 100", id)
  const beyond = await browser.get(last["Next →"] ?? "")
  expect([beyond.status, beyond.headers.get("Location")]).toEqual([303, path])
})

it("results of a bulk action have pages and chips with their counts", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 120)
  const id = await insertJob(resellerId, "revoke", ids)
  await runSql("UPDATE job_rows SET status = 'done' WHERE job_id = ? AND position <= 70", id)
  await runSql("UPDATE job_rows SET status = 'failed', code = 'accepted' WHERE job_id = ? AND position > 117", id)
  const path = `/customers/invites/jobs/${id}`
  const invite = /<a class="emphasis" href="\/customers\/invites\/(\w+)"/g
  const labels: [string, string] = ["Next →", "← Previous"]
  expect(await walk(browser, path, invite, labels)).toEqual(
    mirrored([ids.slice(0, 50), ids.slice(50, 100), ids.slice(100)]),
  )
  expect(await walk(browser, `${path}?status=done`, invite, labels)).toEqual(
    mirrored([ids.slice(0, 50), ids.slice(50, 70)]),
  )
  expect(await walk(browser, `${path}?status=failed`, invite, labels)).toEqual([ids.slice(117)])

  const chips = async () => {
    const html = await (await browser.get(path)).text()
    const nav = /<nav class="chips".*?<\/nav>/s.exec(html)?.[0] ?? ""
    return [...nav.matchAll(/>([^<]+) <span class="count">(\d+)</g)].map(([, label, n]) => `${label} ${n}`)
  }
  expect(await chips()).toEqual(["All 120", "Waiting 47", "Done 70", "Not done 3"])
  expect((await browser.post(`${path}/cancellation`)).status).toBe(303)
  expect(await chips()).toEqual(["All 120", "Cancelled 47", "Done 70", "Not done 3"])
  const file = await (await browser.get(`${path}/export`)).text()
  expect(file.match(/,Cancelled,/g)).toHaveLength(47)
  expect(await count("jobs", "status = 'cancelled'")).toBe(1)
})
