import { expect, it } from "vitest"
import { columnsOf, TEXT_COLUMNS, wrapText } from "../src/emails/wrap-text.ts"

const URL_OF_LINK = `https://customers.vestibule.example/r/${"Qx7".repeat(14)}`
const ENGLISH = `To complete the sign-up process, follow the link below to create your account. ${URL_OF_LINK} Then, click, create, and connect!`
const JAPANESE = "招待のリンクは引き続きご利用いただけます。".repeat(6)
const ARABIC = "\u2068محمد عبد الرحمن العتيبي\u2069"

it("breaks lines at spaces, and keeps every word and URL whole", () => {
  const lines = wrapText(ENGLISH).split("\n")
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.join(" ")).toBe(ENGLISH)
  expect(lines.filter((line) => columnsOf(line) > TEXT_COLUMNS)).toEqual([URL_OF_LINK])
})

it("counts Chinese and Japanese characters as two columns and combining ones as none", () => {
  expect(columnsOf("株式会社")).toBe(8)
  expect(columnsOf("e\u0301\u2060\u2068a\u2069")).toBe(2)
  const lines = wrapText(JAPANESE).split("\n")
  expect(lines.length).toBeGreaterThan(3)
  expect(lines.join("")).toBe(JAPANESE)
  expect(lines.filter((line) => columnsOf(line) > TEXT_COLUMNS)).toEqual([])
  expect(lines.filter((line) => /^[。、]/.test(line))).toEqual([])
})

it("isolates the direction of a name on each of its lines", () => {
  const text = `${"word ".repeat(12)}${ARABIC} and more`
  const lines = wrapText(text).split("\n")
  expect(lines.length).toBe(2)
  for (const line of lines) expect(line.match(/\u2068/g)?.length).toBe(line.match(/\u2069/g)?.length)
  expect(lines.join(" ").replace(/[\u2068\u2069]/g, "")).toBe(text.replace(/[\u2068\u2069]/g, ""))
})

it("keeps short lines, indentation, blank lines and phone numbers", () => {
  const note = `  - a\n\n\t- b\n  ${"word ".repeat(20).trim()}`
  expect(wrapText(note).split("\n").slice(0, 3)).toEqual(["  - a", "", "\t- b"])
  expect(wrapText(note).split("\n")[3]).toMatch(/^ {2}word/)
  expect(wrapText(`${"x".repeat(60)} +1 415 555 0100`)).toBe(`${"x".repeat(60)}\n+1 415 555 0100`)
})
