/** @jsxImportSource react */
import { staffEn } from "../../text/staff/en.ts"
import { ActionButton, EmailLayout, Paragraph } from "./shared/email.tsx"

const url = "{{webhooks_url}}"

export function staffEmail() {
  const { subject, preview, paragraphs, webhooksLabel } = staffEn.webhookDisabled
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
