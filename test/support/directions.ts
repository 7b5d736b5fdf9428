/** Names that are written from right to left, with signs at their end that move if the name isn't isolated. */
export const NAMES = Array.from({ length: 16 }, (_, n) => `שם${n}(!)`)
const HEBREW = /[\u0590-\u05ff]/
const START = "\u2068"
const END = "\u2069"

const TEXT_ONLY = ["title", "option", "textarea"]
const VOID = ["meta", "link", "input", "img", "br", "hr", "path"]

type OpenElement = { tag: string; attributes: string; text: string }

/** Where a page has a Hebrew name that nothing isolates, or an element that isolates more or less than a name. */
export function findMixedDirections(html: string, isNote = (_: string) => false): string[] {
  const problems: string[] = []
  const open: OpenElement[] = []
  for (const [part] of html.matchAll(/<[^>]*>|[^<]+/g)) {
    if (part.startsWith("</")) {
      const element = open.pop()
      const isName = element && (NAMES.includes(element.text) || isNote(element.text.trim()))
      if (element?.tag === "bdi" && HEBREW.test(element.text) && !isName) {
        problems.push(`isolated together: ${element.text}`)
      }
    } else if (part.startsWith("<")) {
      const [, tag = "", attributes = ""] = /^<([!\w-]+)([^>]*)>$/s.exec(part) ?? []
      problems.push(...findInAttributes(tag, attributes))
      if (!VOID.includes(tag) && tag !== "!doctype" && !part.endsWith("/>")) open.push({ tag, attributes, text: "" })
    } else {
      const text = decode(part)
      const inner = open.at(-1)
      for (const element of open) element.text += text
      const isolating = open.find(({ tag, attributes }) => tag === "bdi" || attributes.includes('dir="auto"'))
      if (!HEBREW.test(text) || (isolating && (isolating.tag === "bdi" || isNote(text.trim())))) continue
      if (inner && TEXT_ONLY.includes(inner.tag) ? hasMixedText(text, NAMES) : true) {
        if (!(isolating && NAMES.includes(text.trim()))) problems.push(`${inner?.tag}: ${text}`)
      }
    }
  }
  return problems
}

function findInAttributes(tag: string, attributes: string): string[] {
  const problems: string[] = []
  for (const [, name = "", value = ""] of attributes.matchAll(/([\w-]+)="([^"]*)"/g)) {
    if (!HEBREW.test(value)) continue
    const isHidden = attributes.includes('type="hidden"')
    const isInput = name === "value" && (isHidden || attributes.includes('dir="auto"'))
    const isAlone = name.startsWith("data-passkey") || name === "data-initials" // nothing stands beside it
    if (!isInput && !isAlone && hasMixedText(decode(value), NAMES)) {
      problems.push(`${tag} ${name}: ${value}`)
    }
  }
  return problems
}

/** True if a text has Hebrew outside of the characters that isolate exactly a name. */
export function hasMixedText(text: string, names = NAMES): boolean {
  const rest = text.replace(new RegExp(`${START}([^${END}]*)${END}`, "g"), (all, name) =>
    names.includes(name) ? "" : all,
  )
  return HEBREW.test(rest)
}

const decode = (html: string) =>
  html
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
