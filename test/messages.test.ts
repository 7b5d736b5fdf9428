/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"
import * as emails from "../.generated/emails.ts"
import { translateEmail } from "../src/emails/template.ts"
import { en } from "../src/text/en.ts"
import { LOCALES, type Locale, messagesFor } from "../src/text/locales.ts"
import { staffDe } from "../src/text/staff/de.ts"
import { staffEn } from "../src/text/staff/en.ts"
import { STAFF_LOCALES, staffMessagesFor } from "../src/text/staff/locales.ts"

type Branch = { [key: string]: unknown }
type Leaf = { path: string[]; value: unknown }

const everySource = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })
const pathOf = (locale: Locale) => `../src/text/${locale.toLowerCase()}.ts`
const languagePaths = LOCALES.map(pathOf)
const isLanguage = (path: string) => languagePaths.includes(path) || path.startsWith("../src/text/staff/")
const sources = Object.fromEntries(Object.entries(everySource).filter(([path]) => !isLanguage(path)))
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
const PICKED = [
  "actions",
  "memberRoles",
  "memberRoleDescriptions",
  "roleDescriptions",
  "flashes",
  "required",
  "invalid",
]

const textFiles = import.meta.glob<Branch>("../src/text/*.ts", { eager: true })

it("every file of a language is named after its code and listed in LOCALES", () => {
  const files = Object.entries(textFiles).flatMap(([path, exports]) =>
    Object.values(exports)
      .filter((messages) => isBranch(messages) && "language" in messages)
      .map((messages) => ({ path, messages })),
  )
  expect(files.map(({ path }) => path)).toEqual(languagePaths.toSorted())
  for (const locale of LOCALES) {
    const messages = messagesFor(locale)
    expect(messages.language.code).toBe(locale)
    const source = files.find(({ path }) => path === pathOf(locale))?.messages ?? {}
    expect(new Map(leaves(messages).map(toWords))).toEqual(new Map(leaves(source as Branch).map(toWords)))
  }
})

it.each(LOCALES)("the messages in %s have exactly the keys of those in English", (locale) => {
  expect(keysOf(messagesFor(locale))).toEqual(keysOf(en))
})

const keysOf = (messages: Branch) =>
  leaves(messages)
    .map(({ path }) => path.join("."))
    .sort()

it("the words for staff have the same keys in German", () => {
  expect(keysOf(staffDe)).toEqual(keysOf(staffEn))
})

it("every word for staff is used", () => {
  const { digest: _, webhookDisabled: __, ...pages } = staffEn
  const messages = leaves({ pages }).map(({ path, value }) => ({ path: path.slice(1), value }))
  expect(messages.filter((leaf) => !isUsed(leaf)).map(({ path }) => path.join("."))).toEqual([])
})

it("every flash message follows something that is done", () => {
  const tables = sources["../src/web/ui/flash.tsx"]?.split("} satisfies").slice(0, 2).join("\n") ?? ""
  const keys = [...tables.matchAll(/^ {2}(\w+): \(t/gm)].map(([, key]) => key)
  expect(keys.length).toBeGreaterThan(20)
  const users = Object.entries(sources).filter(([path]) => !path.endsWith("/flash.tsx"))
  const isSent = (key = "") => users.some(([, text]) => text.includes(`"${key}"`))
  expect([...keys, ...Object.keys(staffEn.flashes)].filter((key) => !isSent(key))).toEqual([])
})

it("every message of a page is used", () => {
  const { emails: _, ...pages } = en
  const messages = leaves({ pages }).map(({ path, value }) => ({ path: path.slice(1), value }))
  expect(messages.length).toBeGreaterThan(200)
  expect(messages.filter((leaf) => !isUsed(leaf)).map(({ path }) => path.join("."))).toEqual([])
})

const { digestEmail, webhookDisabledEmail, ...contactEmails } = emails

it.each(Object.values(contactEmails))("every message of the email $name is in it, in every language", (email) => {
  const slotsIn = (text: string) => [...new Set(text.match(/{{\w+}}/g))].sort()
  const expected = slotsIn(JSON.stringify(translateEmail(email, en)))
  for (const locale of LOCALES) {
    const translated = translateEmail(email, messagesFor(locale))
    const whole = decodeEntities(JSON.stringify(translated))
    const texts = leaves(messagesFor(locale).emails[email.name])
      .flatMap(({ value }) => value)
      .filter((value) => typeof value === "string")
    expect(texts.length).toBeGreaterThan(4)
    expect(texts.filter((text) => !whole.includes(JSON.stringify(text).slice(1, -1)))).toEqual([])
    expect(whole).not.toContain("[[")
    expect(slotsIn(whole)).toEqual(expected)
    expect(translated.html).toContain(`<html lang="${locale}" dir="ltr"`)
  }
})

it.each(STAFF_LOCALES)("every message of an email to staff is in it in %s", (locale) => {
  const t = staffMessagesFor(locale)
  const compiled = decodeEntities(
    JSON.stringify([translateEmail(digestEmail, t), translateEmail(webhookDisabledEmail, t)]),
  )
  expect(compiled).not.toContain("[[")
  // What is filled in later isn't in them.
  const { events: _, headings: _1, openCustomer: _2, openInvite: _3, ...digest } = t.staff.digest
  const { reasons: __, ...webhookDisabled } = t.staff.webhookDisabled
  const texts = leaves({ digest, webhookDisabled })
    .flatMap(({ value }) => value)
    .filter((value) => typeof value === "string")
  expect(texts.length).toBeGreaterThan(8)
  expect(texts.filter((text) => !compiled.includes(JSON.stringify(text).slice(1, -1)))).toEqual([])
})

const decodeEntities = (html: string) =>
  html.replaceAll("&#39;", "'").replaceAll("&#x27;", "'").replaceAll("&quot;", '\\"').replaceAll("&amp;", "&")

/** The words that a language shares with English. */
const SHARED_WORDS: Record<Exclude<Locale, "en">, string[]> = {
  es: ["Admin"],
  fr: ["Admin", "Contact"],
  de: ["Admin", "Code", "§ · Sandbox", "Person", "Name", "System", "System"],
  "pt-BR": ["Admin"],
  ja: [],
}

const toWords = ({ path, value }: Leaf): [key: string, words: unknown] => [path.join("."), wordsOf(value)]

/** What a message says, with placeholders for its values. */
const wordsOf = (value: unknown): unknown => (typeof value === "function" ? String(value(..."§§§§")) : value)

it("no word for staff is the same in German, except for shared words", () => {
  const english = new Map(leaves(staffEn).map(({ path, value }) => [path.join("."), wordsOf(value)]))
  const same = leaves(staffDe).filter(({ path, value }) => {
    const text = wordsOf(value)
    return typeof text === "string" && /\p{L}{2}/u.test(withoutSlots(text)) && english.get(path.join(".")) === text
  })
  expect(new Set(same.map(({ value }) => wordsOf(value)))).toEqual(new Set(SHARED_STAFF_WORDS))
})

const withoutSlots = (text: string) => text.replaceAll(/{{\w+}}/g, "")

/** The words for staff that German shares with English. */
const SHARED_STAFF_WORDS = [
  "Support",
  "Webhook",
  "Webhooks",
  "Logo",
  "URL",
  "Status",
  "System",
  "§ (optional)",
  "Version §",
  "Import: §",
  "Test",
  "Test: §",
  "Sandbox",
  "§ ms",
]

it.each(Object.entries(SHARED_WORDS))("no message in %s is in English, except for shared words", (locale, words) => {
  const english = new Map(leaves(en).map(({ path, value }) => [path.join("."), wordsOf(value)]))
  const same = leaves(messagesFor(locale as Locale)).filter(({ path, value }) => {
    const text = wordsOf(value)
    return typeof text === "string" && /\p{L}{2}/u.test(text) && english.get(path.join(".")) === text
  })
  expect(same.map(({ value }) => wordsOf(value))).toEqual(words)
})
