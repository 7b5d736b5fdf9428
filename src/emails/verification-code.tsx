/** @jsxImportSource react */
import { CodeBlock, EmailLayout, Paragraph } from "./layout/email.tsx"

const code = "{{code}}"

type CodeEmailText = { subject: string; preview: string; intro: string; notes: string[] }

export const en = createCodeEmail("en", {
  subject: "{{code}} is your code",
  preview: "It works for {{minutes}} minutes.",
  intro: "Somebody opened the invite to {{purpose}}. If that was you, enter this code:",
  notes: [
    "It works for {{minutes}} minutes, and once.",
    "If it was not you, do nothing: without the code nobody goes on. Tell nobody what it is; we never ask for it.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
})

export const de = createCodeEmail("de", {
  subject: "{{code}} ist Ihr Code",
  preview: "Er gilt {{minutes}} Minuten.",
  intro:
    "Sie wurden eingeladen, {{purpose}}. Jemand hat diese Einladung geöffnet. Wenn Sie das waren, geben Sie bitte diesen Code ein:",
  notes: [
    "Er gilt {{minutes}} Minuten und nur einmal.",
    "Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ohne den Code kommt niemand weiter. Verraten Sie ihn niemandem; wir fragen nie danach.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
})

function createCodeEmail(lang: string, { subject, preview, intro, notes }: CodeEmailText) {
  return {
    subject,
    text: [intro, code, notes.join("\n")].join("\n\n"),
    html: (
      <EmailLayout {...{ lang, preview, notes }} title={subject} sender="{{reseller_name}}">
        <Paragraph>{intro}</Paragraph>
        <CodeBlock>{code}</CodeBlock>
      </EmailLayout>
    ),
  }
}
