import type { Child } from "hono/jsx"

/** Renders the Markdown that the document uses: paragraphs, lists, bold and code. */
export function Markdown({ text }: { text: string }): Child {
  return text
    .trim()
    .split("\n\n")
    .map((block) => (block.startsWith("- ") ? <List text={block} /> : <Paragraph text={block} />))
}

function Paragraph({ text }: { text: string }) {
  return (
    <p>
      <Inline text={text} />
    </p>
  )
}

/** Each item has one line. */
function List({ text }: { text: string }) {
  return (
    <ul>
      {text.split("\n").map((line) => (
        <li>
          <Inline text={line.slice("- ".length)} />
        </li>
      ))}
    </ul>
  )
}

/** Bold text and code within a paragraph. */
export function Inline({ text }: { text: string }): Child {
  return text.split(/(\*\*.+?\*\*|`.+?`)/).map((part) => {
    if (part.startsWith("**")) return <span class="emphasis">{part.slice(2, -2)}</span>
    return part.startsWith("`") ? <code>{part.slice(1, -1)}</code> : part
  })
}
