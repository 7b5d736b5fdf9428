/** @jsxImportSource react */
import { staffEn } from "../../text/staff/en.ts"
import { ActionButton, EmailLayout, Paragraph } from "./shared/email.tsx"

const lines = "{{lines}}"
const url = "{{invites_url}}"

export function staffEmail() {
  const { subject, intro, invitesLabel, notes } = staffEn.digest
  return {
    subject,
    text: [intro, lines, `${invitesLabel}: ${url}`, ...notes].join("\n\n"),
    html: (
      <EmailLayout lang="en" title={subject} sender="{{reseller_name}}" preview={subject} notes={notes}>
        <Paragraph>{intro}</Paragraph>
        <Paragraph>{lines}</Paragraph>
        <ActionButton href={url}>{invitesLabel}</ActionButton>
      </EmailLayout>
    ),
  }
}
