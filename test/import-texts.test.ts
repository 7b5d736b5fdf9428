import { expect, it } from "vitest"
import { revealLine, sanitizeLine } from "../src/text/sanitize.ts"
import { signInStaff } from "./support/app.ts"
import { importOnPages } from "./support/imports.ts"
import { rowsOf } from "./support/table.ts"

const NAMES = rowsOf("names").map(([input = ""]) => input)
/** A joiner beside a sign isn't needed there, so it is one, too. */
const withoutSigns = (text: string) => text.replace(/[\u2400-\u2421\ufffd]|\u200c|\u200d/g, "")

it("a revealed text hides nothing, and a harmless one stays as it is", () => {
  for (const name of NAMES) {
    const stored = sanitizeLine(name)
    expect([name, withoutSigns(sanitizeLine(withoutSigns(revealLine(name))))]).toEqual([name, withoutSigns(stored)])
    expect([name, revealLine(stored)]).toEqual([name, stored])
  }
  expect(revealLine("a\u202eb\u2066c\u0000d\u007fe\u00adf\ufeffg\ud800h\ti\r\nj")).toBe(
    "a\ufffdb\ufffdc\u2400d\u2421e\ufffdf\ufffdg\ufffdh i j",
  )
  expect(revealLine(`a${"\u0301".repeat(500)}b`)).toBe(`a${"\u0301".repeat(8)}b`)
})

it("a revealed text takes linear time", () => {
  for (const unit of ["\u0301\u00ad", "\u0915\u200d", "\u{1f3f4}\u{e0067}", "\u200c\u0627"]) {
    expect(revealLine(unit.repeat(50_000)).length).toBeLessThanOrEqual(200_000)
  }
})

const OVERRIDE = "\u202e"

it("pages of an import show what cells and names of columns and files hide, and keep their own direction", async () => {
  const { browser } = await signInStaff()
  const csv = `Comp${OVERRIDE}any,Contact,Email\nAcme${OVERRIDE}ynapmoC \u2068,Pri\u0001ya\u200b,priya@n${OVERRIDE}.example\nNorthwind,שם(!),kim@n.example\n`
  const uploaded = await browser.upload("/customers/invites/imports", "file", new File([csv], `list${OVERRIDE}fdp.csv`))
  const mapping = await (await browser.get(uploaded.headers.get("Location") ?? "")).text()
  const id = await importOnPages(browser, csv, { column_company_name: "0" })
  const checked = await (await browser.get(`/customers/invites/imports/${id}`)).text()
  const list = await (await browser.get("/customers/invites/imports")).text()
  for (const html of [mapping, checked, list]) {
    for (const hidden of ["\u0001", "\u200b", "\u2068", OVERRIDE]) expect(html).not.toContain(hidden)
  }
  expect(mapping).toContain('<option value="0" selected="">1: Comp\ufffdany</option>')
  expect(mapping).toContain("<td><bdi>Acme\ufffdynapmoC \ufffd</bdi></td>")
  expect(checked).toContain('<span class="emphasis"><bdi>Acme\ufffdynapmoC \ufffd</bdi></span>')
  expect(checked).toContain("<bdi>Pri\u2401ya\ufffd</bdi>")
  expect(checked).toContain('<span class="muted"><bdi>priya<wbr/>@n\ufffd.example</bdi></span>')
  expect(checked).toContain("<div><bdi>שם(!)</bdi><span")
  expect(list).toContain("list\ufffdfdp.csv")
})
