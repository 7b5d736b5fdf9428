import { raw } from "hono/html"
import type { Child } from "hono/jsx"
import { isolate, splitIsolated } from "../../text/direction.ts"

// The `jsxImportSource` of all pages: turns their JSX, as the types of hono/jsx describe it, into HTML. Pages are rendered at once when
// their data is there, and a list has a thousand elements, so this does less than hono/jsx: no promises, no hoisting, no styles.

export type { JSX } from "hono/jsx/jsx-runtime"
export { jsx as jsxDEV, jsx as jsxs }

type Props = Record<string, unknown>
type Component = (props: Props) => unknown

export function jsx(tag: string | Component, props: Props): JsxNode {
  return new JsxNode(tag, props)
}

export const Fragment: Component = ({ children }) => children

/** An element or component that isn't rendered yet: what it contains is evaluated before it. */
class JsxNode {
  readonly tag: string | Component
  readonly props: Props

  constructor(tag: string | Component, props: Props) {
    this.tag = tag
    this.props = props
  }

  /** `c.html` calls this. */
  toString(): string {
    return renderNode(this, toHtml)
  }
}

/** How an element writes its text. */
type WriteText = (text: string) => string

function renderNode({ tag, props }: JsxNode, writeText: WriteText): string {
  if (typeof tag === "function") return renderChild(tag(props), writeText)
  const { start, end, write } = kindOf(tag)
  if (end === "") return `${start}${renderAttributes(props)}/>`
  return `${start}${renderAttributes(props)}>${renderChild(props.children, props.dir === "auto" ? escapeHtml : write)}${end}`
}

function renderChild(child: unknown, writeText: WriteText): string {
  if (typeof child === "string") return writeText(child)
  if (child instanceof JsxNode) return renderNode(child, writeText)
  if (Array.isArray(child)) {
    let html = ""
    for (const part of child) html += renderChild(part, writeText)
    return html
  }
  if (child === undefined || child === null || typeof child === "boolean") return ""
  if (typeof child === "number" || isHtml(child)) return String(child)
  throw new TypeError(`${typeof child} can't be rendered`)
}

/** True for what `raw` marked. */
const isHtml = (child: unknown) => child instanceof String && "isEscaped" in child

function renderAttributes(props: Props): string {
  let html = ""
  for (const name in props) {
    const value = props[name]
    if (name === "children" || value === undefined || value === null) continue
    if (typeof value === "string") html += ` ${name}="${UNUSUAL.test(value) ? toAttribute(name, value) : value}"`
    else if (typeof value !== "boolean" || !BOOLEAN_ATTRIBUTES.has(name))
      html += ` ${name}="${escapeHtml(String(value))}"`
    else if (value) html += ` ${name}=""`
  }
  return html
}

const toAttribute = (name: string, value: string) =>
  READ_ATTRIBUTES.has(name) ? toPlainHtml(value) : escapeHtml(value)

/** What texts rarely have, and what needs a look: characters that HTML escapes, and scripts that may be written from right to left. */
const UNUSUAL = /[&<>"'\u0590-\uffff]/

const SPECIAL = /[&<>"']/g
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

const escapeHtml: WriteText = (text) =>
  UNUSUAL.test(text) ? text.replace(SPECIAL, (character) => ENTITIES[character] ?? "") : text

/** Writes text whose direction is isolated, if it needs that, where there can't be elements. */
const toPlainHtml: WriteText = (text) => (UNUSUAL.test(text) ? escapeHtml(isolate(text)) : text)

/**
 * Writes text whose direction is isolated where it is written from right to left: our own words aren't, so it is a name or note from
 * somebody.
 */
const toHtml: WriteText = (text) => {
  if (!UNUSUAL.test(text)) return text
  const parts = splitIsolated(text)
  if (!parts) return escapeHtml(text)
  return parts.map((part) => (part.isIsolated ? `<bdi>${escapeHtml(part.text)}</bdi>` : escapeHtml(part.text))).join("")
}

type ElementKind = { start: string; end: string; write: WriteText }

const kinds = new Map<string, ElementKind>()

function kindOf(tag: string): ElementKind {
  const known = kinds.get(tag)
  if (known) return known
  const write = UNCHANGED.includes(tag) ? escapeHtml : TEXT_ONLY.includes(tag) ? toPlainHtml : toHtml
  const kind = { start: `<${tag}`, end: VOID_ELEMENTS.includes(tag) ? "" : `</${tag}>`, write }
  kinds.set(tag, kind)
  return kind
}

/** Elements that contain only text, in which a `<bdi>` would be read as such. */
const TEXT_ONLY = ["title", "option"]
/** Elements whose text isn't ours to change, or that isolate it themselves, as those with `dir="auto"` do. */
const UNCHANGED = ["textarea", "script", "style", "bdi"]
/** Attributes that people read. */
const READ_ATTRIBUTES = new Set(["alt", "aria-label", "hx-confirm", "label", "placeholder", "title"])

/** Elements without content (HTML, 13.1.2). */
const VOID_ELEMENTS = "area base br col embed hr img input link meta source track wbr".split(" ")
/** Attributes whose presence means true, as far as we use them. Others that are true or false say so in words, such as `spellcheck`. */
const BOOLEAN_ATTRIBUTES = new Set(
  "async autofocus checked defer disabled formnovalidate hidden inert multiple novalidate open readonly required reversed selected".split(
    " ",
  ),
)

type Context<T> = { value: T; Provider: (props: { value: T; children: Child }) => ReturnType<typeof raw> }

/** A value that the components inside its `Provider` get with `useContext`. */
export function createContext<T>(value: T): Context<T> {
  const context: Context<T> = {
    value,
    Provider: ({ value, children }) => {
      const outer = context.value
      context.value = value
      try {
        return raw(renderChild(children, toHtml))
      } finally {
        context.value = outer
      }
    },
  }
  return context
}

/** Rendering never waits, so the value can't be that of another request. */
export const useContext = <T>({ value }: Context<T>): T => value
