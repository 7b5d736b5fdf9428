/** @jsxImportSource react */
import type { Messages } from "../../text/en.ts"
import { CodeBlock, EmailLayout, Paragraph } from "./shared/email.tsx"

const code = "{{code}}"

export function email(t: Messages) {
  const { subject, preview, intro, notes } = t.emails.verificationCode
  return {
    subject,
    text: [intro, code, notes.join("\n")].join("\n\n"),
    html: (
      <EmailLayout lang={t.language.code} title={subject} sender="{{reseller_name}}" preview={preview} notes={notes}>
        <Paragraph>{intro}</Paragraph>
        <CodeBlock>{code}</CodeBlock>
      </EmailLayout>
    ),
  }
}
