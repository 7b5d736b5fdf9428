/** @jsxImportSource react */
import { Code, Letter, Paragraph } from "./layout/letter.tsx"

const code = "{{code}}"

type Words = { subject: string; preview: string; asked: string; notes: string[] }

export const en = letter("en", {
  subject: "{{code}} is your code",
  preview: "It works for {{minutes}} minutes.",
  asked: "Somebody opened the invite to {{purpose}}. If that was you, enter this code:",
  notes: [
    "It works for {{minutes}} minutes, and once.",
    "If it was not you, do nothing: without the code nobody goes on. Tell nobody what it is; we never ask for it.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
})

export const de = letter("de", {
  subject: "{{code}} ist Ihr Code",
  preview: "Er gilt {{minutes}} Minuten.",
  asked:
    "Sie wurden eingeladen, {{purpose}}. Jemand hat diese Einladung geöffnet. Wenn Sie das waren, geben Sie bitte diesen Code ein:",
  notes: [
    "Er gilt {{minutes}} Minuten und nur einmal.",
    "Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ohne den Code kommt niemand weiter. Verraten Sie ihn niemandem; wir fragen nie danach.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
})

function letter(lang: string, { subject, preview, asked, notes }: Words) {
  return {
    subject,
    text: [asked, code, notes.join("\n")].join("\n\n"),
    html: (
      <Letter {...{ lang, preview, notes }} title={subject} sender="{{reseller_name}}">
        <Paragraph>{asked}</Paragraph>
        <Code>{code}</Code>
      </Letter>
    ),
  }
}
