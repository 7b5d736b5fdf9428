import { packedFunctions } from "../../.generated/languages.js"
import { isolateParameters } from "./direction.ts"

// The messages in other languages than English are lists in the order of its keys (build/languages.ts). The Worker has those that need
// code; the others are a static asset, which http/load-texts.ts gives to each isolate.

export type PackedTexts = Record<string, unknown[]>

/** A message with parameters: its parts, and the numbers of the parameters between them. */
export type Template = (string | number)[]

let packedTexts: PackedTexts | undefined
const unpacked = new Map<string, object>()

export function addTexts(texts: PackedTexts | undefined): void {
  packedTexts = texts
}

export const hasTexts = (): boolean => packedTexts !== undefined

/** The messages of a file of text/, with the keys of the English ones; undefined before they are loaded. */
export function unpack<T extends object>(file: string, english: T): T | undefined {
  const texts = packedTexts?.[file]
  if (!texts) return undefined
  const known = unpacked.get(file)
  if (known) return known as T
  const messages = isolateParameters(fill(english, texts.values(), (packedFunctions[file] ?? []).values()))
  unpacked.set(file, messages)
  return messages as T
}

function fill(english: object, texts: Iterator<unknown>, functions: Iterator<unknown>): object {
  const entries = Object.entries(english).map(([key, value]) => {
    if (typeof value === "object" && !Array.isArray(value)) return [key, fill(value, texts, functions)]
    const text = texts.next().value
    if (typeof value !== "function") return [key, text]
    return [key, text ? fillIn(text as Template) : functions.next().value]
  })
  return Object.fromEntries(entries)
}

const fillIn =
  (template: Template) =>
  (...parameters: unknown[]): string =>
    template.reduce<string>((text, part) => text + (typeof part === "number" ? parameters[part] : part), "")
