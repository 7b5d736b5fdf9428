/** @jsxImportSource react */
import { Action, Decline, Letter, LongLink, Paragraph, Quote } from "./letter.tsx"

export type InvitationWords = {
  subject: string
  preview: string
  paragraphs: string[]
  connect: string
  action: string
  /** Above a note of whoever invited, where there may be one. */
  noteFrom?: string
  notes: string[]
  notForMe: string
}

const url = "{{registration_url}}"
const decline = "{{decline_url}}"

/** An e-mail that leads to a registration link, and to the way out. */
export function invitation(lang: string, words: InvitationWords) {
  const { subject, preview, paragraphs, connect, action, noteFrom, notes, notForMe } = words
  const note = noteFrom ? `{{#note}}\n\n${noteFrom}\n{{note}}{{/note}}` : ""
  return {
    subject,
    text: [...paragraphs, `${connect} ${url}${note}`, notes.join("\n"), `${notForMe}: ${decline}`].join("\n\n"),
    html: (
      <Letter
        {...{ lang, preview, notes }}
        title={subject}
        sender="{{reseller_name}}"
        foot={<Decline href={decline}>{notForMe}</Decline>}
      >
        {paragraphs.map((paragraph) => (
          <Paragraph key={paragraph}>{paragraph}</Paragraph>
        ))}
        <Paragraph>
          {connect} <LongLink href={url} />
        </Paragraph>
        <Action href={url}>{action}</Action>
        {noteFrom && <Quote from={noteFrom} slot="note" />}
      </Letter>
    ),
  }
}
