/** @jsxImportSource react */
import type { StaffMessages } from "../../text/staff/locales.ts"
import { ActionButton, EmailLayout, Paragraph } from "./shared/email.tsx"

const url = "{{webhooks_url}}"

export function email({ language, staff }: StaffMessages) {
  const { subject, preview, paragraphs, webhooksLabel } = staff.webhookDisabled
  return {
    subject,
    text: [...paragraphs, url].join("\n\n"),
    html: (
      <EmailLayout lang={language.code} title={subject} sender="{{reseller_name}}" preview={preview} notes={[]}>
        {paragraphs.map((paragraph) => (
          <Paragraph key={paragraph}>{paragraph}</Paragraph>
        ))}
        <ActionButton href={url}>{webhooksLabel}</ActionButton>
      </EmailLayout>
    ),
  }
}
