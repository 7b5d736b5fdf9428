import * as z from "zod"
import type { Metadata } from "../storage/schema.ts"
import { countCharacters, sanitizeLine } from "../text/sanitize.ts"
import { staffEn } from "../text/staff/en.ts"
import { optionalSingleLine } from "./validation.ts"

export const METADATA_KEYS_MAX = 20
export const METADATA_KEY_MAX = 40
const METADATA_VALUE_MAX = 500

const KEYS_RULE = staffEn.rules.metadata_keys(METADATA_KEYS_MAX)
const KEY_RULE = staffEn.rules.metadata_key(METADATA_KEY_MAX)

/** What zod leaves out of its objects. */
const OMITTED_KEY = "__proto__"

/** A colon ends a key in a form, and brackets enclose it in a query. */
const isKey = (key: string) =>
  key !== "" && key !== OMITTED_KEY && countCharacters(key) <= METADATA_KEY_MAX && !/[:[\]]/.test(key)

const keyIssue = { code: "custom", message: KEY_RULE, params: { code: "invalid", max: METADATA_KEY_MAX } } as const

/**
 * Values by key, sanitized. In a change, null or an empty value deletes its key, which then has an empty value here, and null instead
 * of the object deletes all.
 */
export const metadataField = () =>
  z.preprocess(
    (input: Record<string, string | null | undefined> | null | undefined, context) => {
      if (input && Object.hasOwn(input, OMITTED_KEY)) context.addIssue(keyIssue)
      return input
    },
    z
      .record(z.string(), optionalSingleLine(METADATA_VALUE_MAX), "Use an object with texts.")
      .nullish()
      .transform((input, context): Metadata | null => {
        if (!input) return null
        const entries = Object.entries(input).map(([key, value]) => [sanitizeLine(key), value ?? ""] as const)
        const keys = new Set(entries.map(([key]) => key))
        if (keys.size < entries.length || ![...keys].every(isKey)) context.addIssue(keyIssue)
        else if (entries.filter(([, value]) => value).length > METADATA_KEYS_MAX) {
          context.addIssue({ ...keyIssue, message: KEYS_RULE, params: { code: "invalid", max: METADATA_KEYS_MAX } })
        }
        return Object.fromEntries(entries)
      }),
  )

/** The metadata after a merge patch (RFC 7396), with its keys in order; null if none is left. */
export function mergeMetadata(current: Metadata | null, patch: Metadata | null): Metadata | null {
  const merged = Object.entries({ ...(patch && current), ...patch }).filter(([, value]) => value !== "")
  return merged.length > 0 ? Object.fromEntries(merged.sort(([one], [other]) => (one < other ? -1 : 1))) : null
}

/** What is wrong with metadata that was merged. */
export const metadataErrors = (metadata: Metadata | null) =>
  Object.keys(metadata ?? {}).length > METADATA_KEYS_MAX
    ? [{ field: "metadata", code: "invalid" as const, detail: KEYS_RULE, max: METADATA_KEYS_MAX }]
    : []

/** The patch that leaves nothing but these values. */
export const replaceMetadata = (current: Metadata | null, values: Metadata): Metadata => ({
  ...Object.fromEntries(Object.keys(current ?? {}).map((key) => [key, ""])),
  ...values,
})

/** `tier: gold`, a line for each key. */
export const metadataToText = (metadata: Metadata | null): string =>
  Object.entries(metadata ?? {})
    .map(([key, value]) => `${key}: ${value}`)
    .join("\n")

/**
 * The values in lines such as `tier: gold`. A line without a colon has no key, which `metadataField` refuses. So it does a key that is
 * repeated, which spaces tell from the first one here.
 */
export function textToMetadata(text: string): Metadata {
  const lines = text.split(/\r\n|[\r\n]/).filter((line) => line.trim() !== "")
  const values = new Map<string, string>()
  for (const line of lines) {
    const colon = line.search(/[:\uff1a]/)
    let key = line.slice(0, Math.max(colon, 0)).trim()
    while (values.has(key)) key += " "
    values.set(key, line.slice(colon + 1).trim())
  }
  return Object.fromEntries(values)
}
