import { isolate, splitIsolated } from "../text/direction.ts"
import type { Messages } from "../text/en.ts"
import { LINK_BREAK } from "../text/sanitize.ts"
import type { StaffWords } from "../text/staff/en.ts"
import { staffWordsOf } from "../text/staff/locales.ts"
import { escapeHtml } from "./escape-html.ts"

const OPTIONAL_PART = /\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g

/** A compiled email: its layout with slots, and the names of the slots. */
type CompiledEmail<Slot extends string> = { subject: string; html: string; text: string; slots: readonly Slot[] }

type EmailName = keyof Messages["emails"] | keyof Pick<StaffWords, "digest" | "webhookDisabled">

/** Puts the words of a language in their places, written `[[key]]`. They contain slots too. */
export function translateEmail<Slot extends string>(
  { name, subject, html, text, slots }: CompiledEmail<Slot> & { name: EmailName },
  t: Messages,
): CompiledEmail<Slot> {
  const words = { ...{ ...t.emails, ...staffWordsOf(t) }[name], lang: t.language.code, colon: t.language.colon }
  const translate = (template: string, format = (word: string) => word) =>
    template.replace(/\[\[([\w.]+)\]\]/g, (_, path: string) => format(findWords(words, path)))
  return { subject: translate(subject), html: translate(html, escapeHtml), text: translate(text), slots }
}

/** `paragraphs.1` as the second paragraph. */
function findWords(words: object, path: string): string {
  const found: unknown = path.split(".").reduce((branch, key) => Reflect.get(Object(branch), key), words)
  if (typeof found !== "string") throw new Error(`there are no words for ${path}`)
  return found
}

/**
 * Fills the slots of a compiled email and escapes the values in HTML. Omits what is between `{{#slot}}` and `{{/slot}}`
 * if that slot is empty.
 */
export function fillTemplate<Slot extends string>(
  email: CompiledEmail<Slot>,
  values: Record<Slot, string>,
): { subject: string; html: string; text: string } {
  const slots: Record<string, string> = values
  const keepIfFilled = (_: string, name: string, inner: string) => (slots[name] ? inner : "")
  const fill = (template: string, format: (value: string) => string) =>
    template
      .replace(OPTIONAL_PART, keepIfFilled)
      .replace(/\{\{(\w+)\}\}/g, (slot, name: string) => format(slots[name] ?? slot))
  return {
    subject: fill(email.subject, isolate),
    html: fillHtml(email.html.replace(OPTIONAL_PART, keepIfFilled), fill),
    text: fill(email.text, isolate),
  }
}

/** Isolates the direction of a value, unless its element does, and escapes it. */
function fillHtml(html: string, fill: (part: string, format: (value: string) => string) => string): string {
  let hasDirection = false
  return html.replace(HTML_PART, (part) => {
    if (!part.startsWith("<")) return fill(part, hasDirection ? toElements : toIsolatedElements)
    hasDirection = part.includes(' dir="auto"')
    return fill(part, (value) => escapeHtml(isolate(value)))
  })
}

/** Email programs know this attribute, but not all know the element `<bdi>`. */
const toIsolatedElements = (value: string) =>
  (splitIsolated(value) ?? [{ text: value, isIsolated: false }])
    .map(({ text, isIsolated }) => (isIsolated ? `<span dir="auto">${toElements(text)}</span>` : toElements(text)))
    .join("")

/** A tag or the title, which can contain no elements, or the text up to the next tag. */
const HTML_PART = /<title>[^<]*|<[^>]*>|[^<]+/g

/** Breaks links by an element, so that a reader who copies the text gets what was typed. */
const toElements = (value: string) => escapeHtml(value).replace(LINK_BREAKS, "<span>$1</span>").replaceAll("\n", "<br>")

const LINK_BREAKS = new RegExp(`(.)${LINK_BREAK}`, "gu")
