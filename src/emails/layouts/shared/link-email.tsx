/** @jsxImportSource react */
import type { Messages } from "../../../text/en.ts"
import { AccentLink, ActionButton, EmailLayout, Paragraph } from "./email.tsx"

type LinkEmailText = { subject: string; preview: string; paragraphs: string[]; buttonLabel: string; notes: string[] }

const url = "{{url}}"

/** An email of the platform itself, about the reader's own sign-in, with one link unless `url` is empty. */
export function createLinkEmail({ language }: Messages, content: LinkEmailText) {
  const { subject, preview, paragraphs, buttonLabel, notes } = content
  return {
    subject,
    text: [...paragraphs, `{{#url}}${url}\n\n{{/url}}${notes.join("\n")}`].join("\n\n"), // the link stands alone on its line
    html: (
      <EmailLayout {...{ preview, notes }} lang={language.code} title={subject} sender="{{platform_name}}">
        {paragraphs.map((paragraph) => (
          <Paragraph key={paragraph}>{paragraph}</Paragraph>
        ))}
        {"{{#url}}"}
        <ActionButton href={url}>{buttonLabel}</ActionButton>
        <Paragraph isAfterButton>
          <AccentLink href={url}>{url}</AccentLink>
        </Paragraph>
        {"{{/url}}"}
      </EmailLayout>
    ),
  }
}
