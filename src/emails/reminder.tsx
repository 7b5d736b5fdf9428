/** @jsxImportSource react */
import { Action, Decline, Letter, LongLink, Paragraph } from "./layout/letter.tsx"

export const subject = "Your invite from {{reseller_name}} runs out on {{expires_on}}"

const url = "{{registration_url}}"
const decline = "{{decline_url}}"
const paragraphs = [
  "Dear {{contact_name}},",
  "{{inviter}} invited you to {{purpose}}. The link below still works until {{expires_on}}; after that you would need a new invite.",
]
const connect = "Connect Here:"
const notes = ["Questions? Reply to this e-mail{{support_line}}.", "This is the only reminder."]
const notForMe = "This wasn't meant for me:"

export const text = [...paragraphs, `${connect} ${url}`, notes.join("\n"), `${notForMe} ${decline}`].join("\n\n")

export function Html() {
  return (
    <Letter
      title={subject}
      sender="{{reseller_name}}"
      preview="The link works until {{expires_on}}."
      notes={notes}
      foot={<Decline href={decline}>This wasn't meant for me</Decline>}
    >
      {paragraphs.map((paragraph) => (
        <Paragraph key={paragraph}>{paragraph}</Paragraph>
      ))}
      <Paragraph>
        {connect} <LongLink href={url} />
      </Paragraph>
      <Action href={url}>Create your account</Action>
    </Letter>
  )
}
