/** @jsxImportSource react */
import { Code, Letter, Paragraph } from "./layout/letter.tsx"

export const subject = "{{code}} is your code to join {{reseller_name}}"

const code = "{{code}}"
const asked = "Somebody opened the invite to {{purpose}}. If that was you, enter this code:"
const notes = [
  "It works for {{minutes}} minutes, and once.",
  "If it was not you, do nothing: without the code nobody goes on. Tell nobody what it is; we never ask for it.",
  "Questions? Reply to this e-mail{{support_line}}.",
]

export const text = [asked, code, notes.join("\n")].join("\n\n")

export function Html() {
  return (
    <Letter title={subject} sender="{{reseller_name}}" preview="It works for {{minutes}} minutes." notes={notes}>
      <Paragraph>{asked}</Paragraph>
      <Code>{code}</Code>
    </Letter>
  )
}
