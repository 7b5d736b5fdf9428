/** @jsxImportSource react */
import { staff } from "../../text/en.ts"
import { ActionButton, EmailLayout, Paragraph } from "./shared/email.tsx"

const url = "{{webhooks_url}}"

export function staffEmail() {
  const { subject, preview, paragraphs, webhooksLabel } = staff.webhookDisabled
  return {
    subject,
    text: [...paragraphs, url].join("\n\n"),
    html: (
      <EmailLayout lang="en" title={subject} sender="{{reseller_name}}" preview={preview} notes={[]}>
        {paragraphs.map((paragraph) => (
          <Paragraph key={paragraph}>{paragraph}</Paragraph>
        ))}
        <ActionButton href={url}>{webhooksLabel}</ActionButton>
      </EmailLayout>
    ),
  }
}
