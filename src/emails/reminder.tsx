/** @jsxImportSource react */
import { Action, Decline, Letter, LongLink, Paragraph } from "./layout/letter.tsx"

const url = "{{registration_url}}"
const decline = "{{decline_url}}"

type Words = {
  subject: string
  preview: string
  paragraphs: string[]
  connect: string
  action: string
  notes: string[]
  notForMe: string
}

export const en = letter("en", {
  subject: "Your invite from {{reseller_name}} runs out on {{expires_on}}",
  preview: "The link works until {{expires_on}}.",
  paragraphs: [
    "Dear {{contact_name}},",
    "{{inviter}} invited you to {{purpose}}. The link below still works until {{expires_on}}; after that you would need a new invite.",
  ],
  connect: "Connect Here:",
  action: "Create your account",
  notes: ["Questions? Reply to this e-mail{{support_line}}.", "This is the only reminder."],
  notForMe: "This wasn't meant for me",
})

export const de = letter("de", {
  subject: "Ihre Einladung von {{reseller_name}} läuft am {{expires_on}} ab",
  preview: "Der Link gilt bis zum {{expires_on}}.",
  paragraphs: [
    "Guten Tag {{contact_name}},",
    "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link unten gilt noch bis zum {{expires_on}}; danach brauchen Sie eine neue Einladung.",
  ],
  connect: "Jetzt verbinden:",
  action: "Konto anlegen",
  notes: ["Fragen? Antworten Sie auf diese E-Mail{{support_line}}.", "Dies ist die einzige Erinnerung."],
  notForMe: "Diese Einladung war nicht für mich bestimmt",
})

function letter(lang: string, { subject, preview, paragraphs, connect, action, notes, notForMe }: Words) {
  return {
    subject,
    text: [...paragraphs, `${connect} ${url}`, notes.join("\n"), `${notForMe}: ${decline}`].join("\n\n"),
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
      </Letter>
    ),
  }
}
