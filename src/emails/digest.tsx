/** @jsxImportSource react */
import { Action, Letter, Paragraph } from "./layout/letter.tsx"

const subject = "{{summary}}"
const intro = "What became of your invites since the last e-mail:"
const lines = "{{lines}}"
const url = "{{invites_url}}"
const notes = ["At most one such e-mail an hour. You can switch them off: {{settings_url}}"]

export const en = {
  subject,
  text: [intro, lines, `See all invites: ${url}`, ...notes].join("\n\n"),
  html: (
    <Letter lang="en" title={subject} sender="{{reseller_name}}" preview="{{summary}}" notes={notes}>
      <Paragraph>{intro}</Paragraph>
      <Paragraph>{lines}</Paragraph>
      <Action href={url}>See all invites</Action>
    </Letter>
  ),
}
