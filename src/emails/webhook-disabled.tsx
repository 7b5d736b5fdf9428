/** @jsxImportSource react */
import { ActionButton, EmailLayout, Paragraph } from "./layout/email.tsx"

const subject = "A webhook of {{reseller_name}} was switched off"
const paragraphs = [
  "The webhook to {{webhook_url}} took no event for three days, so it was switched off. It gets nothing until somebody switches it on again.",
  "What was sent, and what the receiver answered, is listed under Settings.",
]
const url = "{{webhooks_url}}"

export const en = {
  subject,
  text: [...paragraphs, url].join("\n\n"),
  html: (
    <EmailLayout
      lang="en"
      title={subject}
      sender="{{reseller_name}}"
      preview="It took no event for three days."
      notes={[]}
    >
      {paragraphs.map((paragraph) => (
        <Paragraph key={paragraph}>{paragraph}</Paragraph>
      ))}
      <ActionButton href={url}>See the webhooks</ActionButton>
    </EmailLayout>
  ),
}
