import type { Child } from "hono/jsx"
import { jsx as createElement, Fragment } from "hono/jsx/jsx-runtime"
import { isolate, splitIsolated, type TextPart } from "../../text/direction.ts"

export type { JSX } from "hono/jsx/jsx-runtime"
export { Fragment, jsx as jsxs, jsx as jsxDEV }

type Tag = Parameters<typeof createElement>[0]
type Props = Record<string, unknown>

/** Elements that contain only text, in which a `<bdi>` would be read as such. */
const TEXT_ONLY = ["title", "option"]
/** Elements whose text isn't ours to change, or that isolate it themselves. */
const UNCHANGED = ["textarea", "script", "style", "bdi"]
/** Attributes that people read. */
const READ_ATTRIBUTES = ["alt", "aria-label", "hx-confirm", "label", "placeholder", "title"]

/**
 * Creates an element of hono/jsx. As that escapes every text, this isolates the direction of every text that is written from right
 * to left: our own words aren't, so it is a name or note from somebody. An element with `dir="auto"` does it itself.
 */
export function jsx(tag: Tag, props: Props, key?: string) {
  return createElement(tag, typeof tag === "string" || tag === Fragment ? isolateProps(tag, props) : props, key)
}

function isolateProps(tag: Tag, props: Props): Props {
  let isolated = props
  for (const name of READ_ATTRIBUTES) {
    const value = props[name]
    const text = typeof value === "string" ? isolate(value) : value
    if (text !== value) isolated = { ...isolated, [name]: text }
  }
  if (typeof tag === "string" && (UNCHANGED.includes(tag) || props.dir === "auto")) return isolated
  const children =
    props.children === undefined ? undefined : isolateChild(props.children, TEXT_ONLY.includes(String(tag)))
  return children === props.children ? isolated : { ...isolated, children }
}

function isolateChild(child: unknown, isTextOnly: boolean): unknown {
  if (Array.isArray(child)) {
    const children = child.map((part) => isolateChild(part, isTextOnly))
    return children.some((part, n) => part !== child[n]) ? children : child
  }
  if (typeof child !== "string") return child
  return isTextOnly ? isolate(child) : (splitIsolated(child)?.map(toElement) ?? child)
}

const toElement = ({ text, isIsolated }: TextPart): Child =>
  isIsolated ? createElement("bdi", { children: text }, undefined) : text
