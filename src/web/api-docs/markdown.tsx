import type { Child } from "hono/jsx"

/** Renders the Markdown that the document uses: paragraphs, bold and code. */
export function Markdown({ text }: { text: string }): Child {
  return text
    .trim()
    .split("\n\n")
    .map((paragraph) => (
      <p>
        <Inline text={paragraph} />
      </p>
    ))
}

/** Bold text and code within a paragraph. */
export function Inline({ text }: { text: string }): Child {
  return text.split(/(\*\*.+?\*\*|`.+?`)/).map((part) => {
    if (part.startsWith("**")) return <span class="emphasis">{part.slice(2, -2)}</span>
    return part.startsWith("`") ? <code>{part.slice(1, -1)}</code> : part
  })
}
