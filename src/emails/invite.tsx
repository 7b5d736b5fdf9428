/** @jsxImportSource react */
import { Action, Decline, Letter, LongLink, Paragraph, Quote } from "./layout/letter.tsx"

export const subject = "You have been invited to join {{reseller_name}}"

const url = "{{registration_url}}"
const greeting = "Dear {{contact_name}},"
const paragraphs = [
  "You have been invited to join the {{reseller_name}} self-service experience, powered by {{platform_name}}. Get ready to experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!",
  "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
  "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
]
const connect = "Connect Here:"
const noteFrom = "{{inviter}} adds:"
const notes = [
  "The link works until {{expires_on}}.",
  "{{inviter}} invited {{contact_email}} as the contact of {{company_name}}.",
  "Questions? Reply to this e-mail{{support_line}}.",
]

const notForMe = "This wasn't meant for me:"
const decline = "{{decline_url}}"

export const text = [
  greeting,
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
      preview="{{inviter}} invited {{company_name}}. The link works until {{expires_on}}."
      notes={notes}
      foot={<Decline href={decline}>This wasn't meant for me</Decline>}
    >
      {[greeting, ...paragraphs].map((paragraph) => (
        <Paragraph key={paragraph}>{paragraph}</Paragraph>
      ))}
      <Paragraph>
        {connect} <LongLink href={url} />
      </Paragraph>
      <Action href={url}>Create your account</Action>
      <Quote from={noteFrom} slot="note" />
    </Letter>
  )
}
