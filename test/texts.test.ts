/// <reference types="vite/types/importMeta.d.ts" />
import { env } from "cloudflare:workers"
import { afterEach, expect, it } from "vitest"
import { emailMessagesFor, staffEmailMessagesFor } from "../src/emails/email-messages.ts"
import { loadTexts } from "../src/http/load-texts.ts"
import { en } from "../src/text/en.ts"
import { LOCALES, localeName, messagesFor } from "../src/text/locales.ts"
import { addTexts } from "../src/text/packed.ts"
import { staffEn } from "../src/text/staff/en.ts"
import { staffMessagesFor } from "../src/text/staff/locales.ts"
import { Browser } from "./support/app.ts"

const readTexts = async () =>
  (await env.ASSETS.fetch("https://assets.local/texts.json")).json<Record<string, unknown[]>>()

afterEach(async () => addTexts(await readTexts()))

it("pages are in English while the other languages aren't loaded", async () => {
  const inGerman = async () => (await new Browser().get("/sign-in", { "Accept-Language": "de" })).text()
  expect(await inGerman()).toContain('<html lang="de"')
  addTexts({})
  expect(await inGerman()).toContain('<html lang="en"')
  expect([messagesFor("de"), staffMessagesFor("de").staff]).toEqual([en, staffEn])
})

it("emails in other languages aren't rendered while these aren't loaded", () => {
  addTexts({})
  expect(() => emailMessagesFor("de")).toThrow("the messages in de aren't loaded")
  expect(() => staffEmailMessagesFor("de")).toThrow("the messages in de aren't loaded")
  expect([emailMessagesFor("en"), staffEmailMessagesFor("en").staff]).toEqual([en, staffEn])
})

it("an asset that can't be read is an error", async () => {
  addTexts(undefined)
  const ASSETS: Fetcher = { ...env.ASSETS, fetch: async () => new Response("", { status: 503 }) }
  await expect(loadTexts({ ASSETS })).rejects.toThrow("the asset texts.json answered 503")
  await loadTexts(env)
  expect(messagesFor("de").language.code).toBe("de")
})

it("the names of languages don't need to be loaded", () => {
  const names = LOCALES.map((locale) => messagesFor(locale).language.name)
  addTexts({})
  expect(LOCALES.map(localeName)).toEqual(names)
})

const sources = import.meta.glob<Record<string, object>>("../src/text/*.ts", { eager: true })

/** Every message by its path; those with parameters with these filled in. */
function written(messages: object, path = ""): [string, unknown][] {
  return Object.entries(messages).flatMap(([key, value]): [string, unknown][] => {
    if (typeof value === "function") return [[`${path}.${key}`, value("A", "B", "C", "D", "E")]]
    return typeof value === "object" ? written(value, `${path}.${key}`) : [[`${path}.${key}`, value]]
  })
}

it.each(LOCALES)("the messages in %s are those of their file", (locale) => {
  const [source = {}] = Object.values(sources[`../src/text/${locale.toLowerCase()}.ts`] ?? {})
  const expected = written(source)
  expect(expected.length).toBeGreaterThan(400)
  expect(Object.fromEntries(written(messagesFor(locale)))).toEqual(Object.fromEntries(expected))
})
