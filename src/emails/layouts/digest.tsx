/** @jsxImportSource react */
import type { StaffMessages } from "../../text/staff/locales.ts"
import { ActionButton, EmailLayout, Paragraph } from "./shared/email.tsx"

const lines = "{{lines}}"
const url = "{{invites_url}}"

export function email({ language, staff }: StaffMessages) {
  const { subject, intro, invitesLabel, notes } = staff.digest
  return {
    subject,
    text: [intro, lines, `${invitesLabel}: ${url}`, ...notes].join("\n\n"),
    html: (
      <EmailLayout lang={language.code} title={subject} sender="{{reseller_name}}" preview={subject} notes={notes}>
        <Paragraph>{intro}</Paragraph>
        <Paragraph>{lines}</Paragraph>
        <ActionButton href={url}>{invitesLabel}</ActionButton>
      </EmailLayout>
    ),
  }
}
