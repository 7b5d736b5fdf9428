import { isolate, splitIsolated } from "../text/direction.ts"
import type { Messages } from "../text/en.ts"
import { LINK_BREAK } from "../text/sanitize.ts"
import type { StaffWords } from "../text/staff/en.ts"
import { staffWordsOf } from "../text/staff/locales.ts"
import { escapeHtml } from "./escape-html.ts"
import { wrapText } from "./wrap-text.ts"

const OPTIONAL_PART = /\{\{([#^])(\w+)\}\}([\s\S]*?)\{\{\/\2\}\}/g
/** Around the part that a digest repeats for each of its lines. */
const REPEATED_PART = /\{\{\/?\*\}\}/

/** A compiled email: its layout with slots, and the names of the slots. */
type CompiledEmail<Slot extends string> = { subject: string; html: string; text: string; slots: readonly Slot[] }

type EmailName = keyof Messages["emails"] | keyof Pick<StaffWords, "digest" | "webhookDisabled">

type NamedEmail<Slot extends string> = CompiledEmail<Slot> & { name: EmailName }

/** By the words of a language and the name of an email. */
const translated = new WeakMap<Messages, Map<EmailName, CompiledEmail<string>>>()

/** Puts the words of a language in their places, written `[[key]]`, once for each isolate. They contain slots too. */
export function translateEmail<Slot extends string>(email: NamedEmail<Slot>, t: Messages): CompiledEmail<Slot>
export function translateEmail(email: NamedEmail<string>, t: Messages): CompiledEmail<string> {
  const known = translated.get(t) ?? new Map<EmailName, CompiledEmail<string>>()
  translated.set(t, known)
  const translation = known.get(email.name) ?? translate(email, t)
  known.set(email.name, translation)
  return translation
}

function translate({ name, subject, html, text, slots }: NamedEmail<string>, t: Messages): CompiledEmail<string> {
  const words = { ...{ ...t.emails, ...staffWordsOf(t) }[name], lang: t.language.code, colon: t.language.colon }
  const putWords = (template: string, format = (word: string) => word) =>
    template.replace(/\[\[([\w.]+)\]\]/g, (_, path: string) => format(findWords(words, path)))
  return { subject: putWords(subject), html: putWords(html, escapeHtml), text: putWords(text), slots }
}

/** `paragraphs.1` as the second paragraph. */
function findWords(words: object, path: string): string {
  const found: unknown = path.split(".").reduce((branch, key) => Reflect.get(Object(branch), key), words)
  if (typeof found !== "string") throw new Error(`there are no words for ${path}`)
  return found
}

/**
 * Fills the slots of a compiled email, escapes the values in HTML and wraps the lines of the text. Omits what is between `{{#slot}}`
 * and `{{/slot}}` if that slot is empty, and what is between `{{^slot}}` and `{{/slot}}` if it isn't.
 */
export function fillTemplate<Slot extends string>(
  email: CompiledEmail<Slot>,
  values: Record<Slot, string>,
): FilledEmail {
  const { subject, html, text } = partsOf(email, values)
  return { subject: fill(subject, values), html: fill(html, values), text: wrapText(fill(text, values)) }
}

/** The same for an email with a part between `{{*}}` and `{{/*}}`, which is repeated with the values of each item. */
export function fillRepeatedTemplate<Slot extends string, ItemSlot extends Slot>(
  email: CompiledEmail<Slot>,
  values: Record<Exclude<Slot, ItemSlot>, string>,
  items: Record<ItemSlot, string>[],
): FilledEmail {
  const fillPart = (part: keyof Parts, template: string, partValues: Values) =>
    fill(toParts({ subject: "", html: "", text: "", [part]: template }, partValues)[part], partValues)
  const fillParts = (part: keyof Parts) => {
    const [before = "", repeated = "", after = ""] = email[part].split(REPEATED_PART)
    return [
      fillPart(part, before, values),
      ...items.map((item) => fillPart(part, repeated, { ...values, ...item })),
      fillPart(part, after, values),
    ].join("")
  }
  return { subject: fillParts("subject"), html: fillParts("html"), text: wrapText(fillParts("text")) }
}

type FilledEmail = { subject: string; html: string; text: string }

/** Text of an email, or a slot with the format of its values. */
type Part = string | { slot: string; format: (value: string) => string }
type Parts = { subject: Part[]; html: Part[]; text: Part[] }
type Values = Record<string, string>

const fill = (parts: Part[], values: Values) =>
  parts.map((part) => (typeof part === "string" ? part : part.format(values[part.slot] ?? `{{${part.slot}}}`))).join("")

/** The parts of an email, by the slots that are filled. */
const knownParts = new WeakMap<object, Map<string, Parts>>()

function partsOf(email: CompiledEmail<string>, values: Values): Parts {
  const known = knownParts.get(email) ?? new Map<string, Parts>()
  knownParts.set(email, known)
  const key = email.slots.filter((slot) => values[slot]).join()
  const parts = known.get(key) ?? toParts(email, values)
  known.set(key, parts)
  return parts
}

function toParts({ subject, html, text }: FilledEmail, values: Values): Parts {
  const withoutEmpty = (template: string) =>
    template.replace(OPTIONAL_PART, (_, sign: string, name: string, inner: string) =>
      Boolean(values[name]) === (sign === "#") ? inner : "",
    )
  return {
    subject: splitSlots(withoutEmpty(subject), isolate),
    html: splitHtml(withoutEmpty(html)),
    text: splitSlots(withoutEmpty(text), isolate),
  }
}

function splitSlots(template: string, format: (value: string) => string): Part[] {
  return template.split(/\{\{(\w+)\}\}/).map((piece, index) => (index % 2 === 0 ? piece : { slot: piece, format }))
}

/** Isolates the direction of a value, unless its element does, and escapes it. */
function splitHtml(html: string): Part[] {
  let hasDirection = false
  const parts = (html.match(HTML_PART) ?? []).flatMap((part) => {
    if (!part.startsWith("<")) return splitSlots(part, hasDirection ? toElements : toIsolatedElements)
    hasDirection = part.includes(' dir="auto"')
    return splitSlots(part, (value) => escapeHtml(isolate(value)))
  })
  return parts.reduce<Part[]>((joined, part) => {
    const last = joined.at(-1)
    if (typeof part !== "string" || typeof last !== "string") joined.push(part)
    else joined[joined.length - 1] = last + part
    return joined
  }, [])
}

/** Email programs know this attribute, but not all know the element `<bdi>`. */
const toIsolatedElements = (value: string) =>
  (splitIsolated(value) ?? [{ text: value, isIsolated: false }])
    .map(({ text, isIsolated }) => (isIsolated ? `<span dir="auto">${toElements(text)}</span>` : toElements(text)))
    .join("")

/** A tag or the title, which can contain no elements, or the text up to the next tag. */
const HTML_PART = /<title>[^<]*|<[^>]*>|[^<]+/g

/**
 * Breaks links by an element, so that a reader who copies the text gets what was typed. Spaces that HTML would join stay, in programs
 * without `white-space` too.
 */
const toElements = (value: string) =>
  escapeHtml(value)
    .replace(LINK_BREAKS, "<span>$1</span>")
    .replaceAll("\t", "\u00a0\u00a0 ")
    .replace(/^ | (?= )|(?<=\n) /g, "\u00a0")
    .replaceAll("\n", "<br>")

const LINK_BREAKS = new RegExp(`(.)${LINK_BREAK}`, "gu")
