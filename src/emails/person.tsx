/** @jsxImportSource react */
import { Action, Decline, Letter, LongLink, Paragraph, Quote } from "./layout/letter.tsx"

export const subject = "{{inviter}} invited you to {{account_name}}"

const url = "{{registration_url}}"
const decline = "{{decline_url}}"
const paragraphs = [
  "Dear {{contact_name}},",
  "{{inviter}} invited you to {{purpose}}, powered by {{platform_name}}. Your role will be {{role}}.",
  "Follow the link below to create your account, or to add this one to the account that you have.",
]
const connect = "Connect Here:"
const noteFrom = "{{inviter}} adds:"
const notes = [
  "The link works until {{expires_on}}.",
  "{{inviter}} invited {{contact_email}}.",
  "Questions? Reply to this e-mail{{support_line}}.",
]
const notForMe = "This wasn't meant for me:"

export const text = [
  ...paragraphs,
  `${connect} ${url}{{#note}}`,
  `${noteFrom}\n{{note}}{{/note}}`,
  notes.join("\n"),
  `${notForMe} ${decline}`,
].join("\n\n")

export function Html() {
  return (
    <Letter
      title={subject}
      sender="{{reseller_name}}"
      preview="{{inviter}} invited you to {{purpose}}. The link works until {{expires_on}}."
      notes={notes}
      foot={<Decline href={decline}>This wasn't meant for me</Decline>}
    >
      {paragraphs.map((paragraph) => (
        <Paragraph key={paragraph}>{paragraph}</Paragraph>
      ))}
      <Paragraph>
        {connect} <LongLink href={url} />
      </Paragraph>
      <Action href={url}>Accept the invite</Action>
      <Quote from={noteFrom} slot="note" />
    </Letter>
  )
}
