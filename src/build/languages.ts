import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { transform } from "esbuild"
import { en } from "../text/en.ts"
import type { Template } from "../text/packed.ts"
import { staffEn } from "../text/staff/en.ts"
import { generated, root, writeGenerated } from "./files.ts"

const LANGUAGE_FILE = /^(?!en\.)[a-z]{2}(-[a-z]{2})?\.ts$/

type Packed = { key: string; name: string; texts: unknown[]; functions: string }

/**
 * Writes the messages of every language but English as lists, in the order of the keys of English (text/packed.ts): those that need code
 * for the Worker, all others as a static asset, which makes the Worker 60 kB smaller.
 */
export async function buildLanguages() {
  const files = (await readdir(join(root, "src/text"))).filter((file) => LANGUAGE_FILE.test(file)).sort()
  const packed = await Promise.all([...files.map((file) => pack(file, en)), pack("staff/de.ts", staffEn)])
  const functions = packed.map(({ key, functions }) => `${JSON.stringify(key)}: ${functions},\n`)
  const names = Object.fromEntries(packed.filter(({ name }) => name).map(({ key, name }) => [key, name]))
  await writeGenerated(
    "languages.js",
    `export const packedFunctions = {\n${functions.join("")}}\nexport const languageNames = ${JSON.stringify(names)}\n`,
  )
  await writeGenerated(
    "languages.d.ts",
    "export const packedFunctions: Record<string, unknown[]>\nexport const languageNames: Record<string, string>\n",
  )
  await writeGenerated("public/texts.json", JSON.stringify(Object.fromEntries(packed.map((p) => [p.key, p.texts]))))
}

async function pack(file: string, english: object): Promise<Packed> {
  const { code } = await transform(await readFile(join(root, "src/text", file), "utf8"), { loader: "ts" })
  await writeGenerated(`text/${file}.mjs`, code)
  const [messages] = Object.values<object>(await import(pathToFileURL(join(generated, `text/${file}.mjs`)).href))
  if (!messages) throw new Error(`src/text/${file} exports no messages`)
  const values = toList(english, messages)
  const language: { code: string; name: string } | undefined = Reflect.get(messages, "language")
  // What functions need stands above the messages.
  const [helpers] = code.split(/^export const /m)
  const texts = values.map((value) => (typeof value === "function" ? toTemplate(value) : value))
  const functions = values.filter((value, n) => typeof value === "function" && !texts[n]).map(String)
  return {
    key: language?.code ?? file.replace(/\.ts$/, ""),
    name: language?.name ?? "",
    texts,
    functions: `(() => {\n${helpers}return [\n${functions.join(",\n")}\n]\n})()`,
  }
}

const PLAIN_TEMPLATE = /^\(([\w, ]*)\) => `((?:[^`\\]|\\.)*)`$/s

/** A message that only writes its parameters into a text, as the parts of the text and the numbers of the parameters; null if it does more. */
function toTemplate(message: Function): Template | null {
  const [, names, text] = PLAIN_TEMPLATE.exec(String(message)) ?? []
  if (names === undefined || text === undefined) return null
  const parameters = names.split(", ")
  const used = [...text.matchAll(/\$\{(.*?)\}/g)].map(([, name = ""]) => name)
  if (!used.every((name) => parameters.includes(name))) return null
  const parts: string[] = message(...parameters.map((_, n) => `\0${n}\0`)).split("\0")
  return parts.map((part, n) => (n % 2 === 1 ? Number(part) : part)).filter((part) => part !== "")
}

const toList = (english: object, messages: object): unknown[] =>
  Object.entries(english).flatMap(([key, example]) => {
    const value = Reflect.get(messages, key)
    return typeof example === "object" && !Array.isArray(example) ? toList(example, value) : [value]
  })
