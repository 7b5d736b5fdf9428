/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"
import * as emails from "../.generated/emails.ts"
import { en, staff } from "../src/text/en.ts"
import { LOCALES, type Locale, messagesFor } from "../src/text/locales.ts"

type Branch = { [key: string]: unknown }
type Leaf = { path: string[]; value: unknown }

const everySource = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })
const languagePaths = LOCALES.map((locale) => `../src/text/${locale}.ts`)
const sources = Object.fromEntries(Object.entries(everySource).filter(([path]) => !languagePaths.includes(path)))
const code = Object.values(sources).join("\n")

function leaves(branch: Branch, path: string[] = []): Leaf[] {
  return Object.entries(branch).flatMap(([key, value]) =>
    isBranch(value) ? leaves(value, [...path, key]) : [{ path: [...path, key], value }],
  )
}

const isBranch = (value: unknown): value is Branch =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** True if a source reads the message by its name, or picks one of its group by a computed key. */
function isUsed({ path }: Leaf): boolean {
  const [group = "", key = ""] = path.slice(-2)
  const read = new RegExp(`\\.${key}\\b|\\["${key}"\\]`)
  const destructured = new RegExp(`[{,]\\s*${key}\\b[^{}]*\\}\\s*=\\s*[^\\n]*\\b(t|${group})\\b`)
  return usesOf(group).some((text) => read.test(text) || destructured.test(text)) || isPicked(group)
}

/** The sources that contain the group's name: only in these does a common key such as `title` count. */
const usesOf = (group: string) => Object.values(sources).filter((text) => new RegExp(`\\b${group}\\b`).test(text))

const isPicked = (group: string) =>
  new RegExp(`\\b${group}\\[|\\.\\.\\.[\\w.]+\\.${group}\\b`).test(code) || PICKED.includes(group)

/** Groups that are used whole: as a record, or by the name of a field. */
const PICKED = ["actions", "memberRoles", "memberRoleDescriptions", "flashes", "required", "invalid"]

const textFiles = import.meta.glob<Branch>("../src/text/*.ts", { eager: true })

it("every file of a language is named after its code and listed in LANGUAGES", () => {
  const files = Object.entries(textFiles).flatMap(([path, exports]) =>
    Object.values(exports)
      .filter((messages) => isBranch(messages) && "language" in messages)
      .map((messages) => ({ path, messages })),
  )
  expect(files.map(({ path }) => path)).toEqual(languagePaths.toSorted())
  for (const locale of LOCALES) {
    const messages = messagesFor(locale)
    expect(messages.language.code).toBe(locale)
    expect(files.find(({ path }) => path === `../src/text/${locale}.ts`)?.messages).toBe(messages)
  }
})

it.each(LOCALES)("the messages in %s have exactly the keys of those in English", (locale) => {
  expect(keysOf(messagesFor(locale))).toEqual(keysOf(en))
})

const keysOf = (messages: Branch) =>
  leaves(messages)
    .map(({ path }) => path.join("."))
    .sort()

it("every message of a page is used", () => {
  const { emails: _, ...pages } = en
  const messages = leaves({ pages }).map(({ path, value }) => ({ path: path.slice(1), value }))
  expect(messages.length).toBeGreaterThan(200)
  expect(messages.filter((leaf) => !isUsed(leaf)).map(({ path }) => path.join("."))).toEqual([])
})

it("every message of an email is in the compiled email", () => {
  const compiled = decodeEntities(JSON.stringify(Object.values(emails)))
  const messages = [...LOCALES.map((locale) => messagesFor(locale).emails), staff].flatMap((branch) => leaves(branch))
  const texts = messages.flatMap(({ value }) => value).filter((value) => typeof value === "string")
  expect(texts.length).toBeGreaterThan(50)
  expect(texts.filter((text) => !compiled.includes(JSON.stringify(text).slice(1, -1)))).toEqual([])
})

const decodeEntities = (html: string) => html.replaceAll("&#x27;", "'").replaceAll("&amp;", "&")

/** The words that a language shares with English. */
const SHARED_WORDS: Record<Exclude<Locale, "en">, string[]> = {
  de: ["Admin", "Code", "Person", "Name", "System"],
  fr: ["Admin", "Contact"],
  ja: [],
}

it.each(Object.entries(SHARED_WORDS))("no message in %s is in English, except for shared words", (locale, words) => {
  const english = new Map(leaves(en).map(({ path, value }) => [path.join("."), value]))
  const same = leaves(messagesFor(locale as Locale)).filter(
    ({ path, value }) => typeof value === "string" && english.get(path.join(".")) === value,
  )
  expect(same.map(({ value }) => value)).toEqual(words)
})
