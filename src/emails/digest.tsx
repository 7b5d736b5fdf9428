/** @jsxImportSource react */
import { ActionButton, EmailLayout, Paragraph } from "./layout/email.tsx"

const subject = "{{summary}}"
const intro = "What became of your invites since the last e-mail:"
const lines = "{{lines}}"
const url = "{{invites_url}}"
const notes = ["At most one such e-mail an hour. You can switch them off: {{settings_url}}"]

export const en = {
  subject,
  text: [intro, lines, `See all invites: ${url}`, ...notes].join("\n\n"),
  html: (
    <EmailLayout lang="en" title={subject} sender="{{reseller_name}}" preview="{{summary}}" notes={notes}>
      <Paragraph>{intro}</Paragraph>
      <Paragraph>{lines}</Paragraph>
      <ActionButton href={url}>See all invites</ActionButton>
    </EmailLayout>
  ),
}
