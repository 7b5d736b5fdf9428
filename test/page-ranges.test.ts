import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { pageRange } from "../src/web/ui/page-range.ts"
import { type Browser, invite, signInStaff } from "./support/app.ts"
import { insertInvites } from "./support/search-invites.ts"

const rows = (count: number) => Array.from({ length: count }, () => ({}))
const contacts = rows(60).map((_, n) => ({
  companyName: `Company ${n}`,
  contactName: "Ana",
  contactEmail: `c${n}@b.example`,
}))
const APPENDED = { total: 60, isAppendOnly: true }

describe("the range of a page", () => {
  it.each([
    ["the first page", { rows: 25, next: "x" }, {}, APPENDED, "1-25"],
    ["the only page", { rows: 7 }, {}, { total: 7, isAppendOnly: false }, "1-7"],
    ["a page in the middle", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "35" }, APPENDED, "26-50"],
    ["a newer page", { rows: 25, next: "x", prev: "y" }, { after: "c", rest: "10" }, APPENDED, "26-50"],
    ["the newest page, from an older one", { rows: 25, next: "x" }, { after: "c" }, APPENDED, "1-25"],
    ["the last page", { rows: 10, prev: "y" }, { before: "c" }, { total: 60, isAppendOnly: false }, "51-60"],
    [
      "a middle page where rows can leave",
      { rows: 25, next: "x", prev: "y" },
      { before: "c", rest: "35" },
      { total: 60, isAppendOnly: false },
      "",
    ],
    ["a middle page without its place", { rows: 25, next: "x", prev: "y" }, { before: "c" }, APPENDED, ""],
    ["a place beyond the list", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "61" }, APPENDED, ""],
    ["a place at the first row", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "60" }, APPENDED, ""],
    ["a place that leaves no next page", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "25" }, APPENDED, ""],
    ["a negative place", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "-35" }, APPENDED, ""],
    ["a place before all rows", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "0" }, APPENDED, ""],
    ["a place that is no number", { rows: 25, next: "x", prev: "y" }, { before: "c", rest: "3e1" }, APPENDED, ""],
    ["a counter with too few rows", { rows: 25, next: "x" }, {}, { total: 25, isAppendOnly: true }, ""],
    ["a list without a counter", { rows: 25, next: "x" }, {}, { total: undefined, isAppendOnly: false }, ""],
    ["no rows", { rows: 0 }, {}, { total: 0, isAppendOnly: true }, ""],
  ])("%s", (_, page: { rows: number; next?: string; prev?: string }, place, list, expected) => {
    const { next, prev } = page
    const range = pageRange({ rows: rows(page.rows), next, prev }, place, list)
    expect(range ? `${range.first}-${range.last}` : "").toBe(expected)
  })
})

const rangeOn = (html: string) => /class="pager"><span class="muted count">([^<]*)/.exec(html)?.[1]
const linkOn = (html: string, label: string) =>
  new RegExp(`<a href="([^"]*)">${label}</a>`).exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "/nowhere"
const textOf = async (browser: Browser, path: string) => (await browser.get(path)).text()

it("pages of all invites count from the newest, also when others are added meanwhile", async () => {
  const { browser, resellerId } = await signInStaff()
  await insertInvites(resellerId, contacts)
  const first = await textOf(browser, "/customers/invites")
  await invite(browser)
  const second = await textOf(browser, linkOn(first, "Older →"))
  const third = await textOf(browser, linkOn(second, "Older →"))
  const secondAgain = await textOf(browser, linkOn(third, "← Newer"))
  const newest = await textOf(browser, linkOn(secondAgain, "← Newer"))
  const front = await textOf(browser, linkOn(newest, "← Newer"))
  expect([first, second, third, secondAgain, newest, front].map(rangeOn)).toEqual([
    "1–25 of 60",
    "27–51 of 61",
    "52–61 of 61",
    "27–51 of 61",
    "2–26 of 61",
    "1–1 of 61",
  ])
  const forged = linkOn(first, "Older →").replace(/rest=\d+/, "rest=7000")
  expect(rangeOn(await textOf(browser, forged))).toBe("Newest first")
})

it("a list by status or order counts its first and last page alone, and a search none", async () => {
  const { browser, resellerId } = await signInStaff()
  await insertInvites(resellerId, contacts)
  await env.DB.prepare("UPDATE invites SET status = 'revoked' WHERE seq % 60 = 0").run()
  const ranges = async (path: string, label: string) => {
    const pages = [await textOf(browser, path)]
    while (pages.length < 3) pages.push(await textOf(browser, linkOn(pages.at(-1) ?? "", label)))
    return pages.map(rangeOn)
  }
  expect(await ranges("/customers/invites?status=pending", "Older →")).toEqual([
    "1–25 of 59",
    "Newest first",
    "51–59 of 59",
  ])
  expect(await ranges("/customers/invites?sort=company_name", "Next →")).toEqual([
    "1–25 of 60",
    "Company",
    "51–60 of 60",
  ])
  expect(rangeOn(await textOf(browser, "/customers/invites?q=company"))).toBe("Newest first")
})
