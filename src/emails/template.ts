import { escapeHtml } from "./escape-html.ts"

/** A compiled email: its text with slots, and the names of the slots. */
type CompiledEmail<Slot extends string> = { subject: string; html: string; text: string; slots: readonly Slot[] }

/**
 * Fills the slots of a compiled email and escapes the values in HTML. Omits what is between `{{#slot}}` and `{{/slot}}`
 * if that slot is empty.
 */
export function fillTemplate<Slot extends string>(
  email: CompiledEmail<Slot>,
  values: Record<Slot, string>,
): { subject: string; html: string; text: string } {
  const slots: Record<string, string> = values
  const fill = (template: string, format: (value: string) => string) =>
    template
      .replace(/\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name: string, inner: string) => (slots[name] ? inner : ""))
      .replace(/\{\{(\w+)\}\}/g, (slot, name: string) => format(slots[name] ?? slot))
  return {
    subject: fill(email.subject, (value) => value),
    html: fill(email.html, (value) => escapeHtml(value).replaceAll("\n", "<br>")),
    text: fill(email.text, (value) => value),
  }
}
