/** @jsxImportSource react */
import type { Messages } from "../../../text/en.ts"
import { AccentLink, ActionButton, DeclineLink, EmailLayout, Paragraph, Quote } from "./email.tsx"

type InviteEmailText = {
  subject: string
  preview: string
  paragraphs: string[]
  linkLabel: string
  buttonLabel: string
  /** Heading of the inviter's note, in emails that can have one. */
  noteLabel?: string
  notes: string[]
  declineLabel: string
}

const url = "{{registration_url}}"
const declineUrl = "{{decline_url}}"

/** An email with a registration link and a link to decline. Its button stands before the link, so that it is seen without scrolling. */
export function createInviteEmail({ language }: Messages, content: InviteEmailText) {
  const { subject, preview, paragraphs, linkLabel, buttonLabel, noteLabel, notes, declineLabel } = content
  const note = noteLabel ? `{{#note}}\n\n${noteLabel}\n{{quoted_note}}{{/note}}` : ""
  return {
    subject,
    // Each link stands alone on its line, so that no email program breaks it or takes what follows for a part of it.
    text: [...paragraphs, `${linkLabel}\n${url}${note}`, notes.join("\n"), `${declineLabel}\n${declineUrl}`].join(
      "\n\n",
    ),
    html: (
      <EmailLayout
        {...{ preview, notes }}
        lang={language.code}
        title={subject}
        sender="{{reseller_name}}"
        footer={<DeclineLink href={declineUrl}>{declineLabel}</DeclineLink>}
      >
        {paragraphs.map((paragraph) => (
          <Paragraph key={paragraph}>{paragraph}</Paragraph>
        ))}
        <ActionButton href={url}>{buttonLabel}</ActionButton>
        <Paragraph isAfterButton>
          {linkLabel} <AccentLink href={url}>{url}</AccentLink>
        </Paragraph>
        {noteLabel && <Quote from={noteLabel} slot="note" />}
      </EmailLayout>
    ),
  }
}
