/** @jsxImportSource react */
import type { StaffMessages } from "../../text/staff/locales.ts"
import { AccentLink, ActionButton, EmailLayout, Heading, Paragraph, SmallPrint, Soft } from "./shared/email.tsx"

const inviteUrl = "{{invite_url}}"
const actionUrl = "{{action_url}}"
const url = "{{invites_url}}"
const settingsUrl = "{{settings_url}}"

/** What is between `{{*}}` and `{{/*}}` is repeated for each invite. The first of those to which the same happened has a heading. */
export function email({ language, staff }: StaffMessages) {
  const { subject, intro, invitesLabel, settingsLabel, notes } = staff.digest
  const item =
    "{{#heading}}{{heading}}\n\n{{/heading}}{{name}}\n{{#person}}{{person}}\n{{/person}}{{#reason}}{{reason}}\n{{/reason}}{{action}}\n"
  return {
    subject,
    text: [
      intro,
      `{{*}}${item}${actionUrl}\n\n{{/*}}{{#more}}{{more}}\n\n{{/more}}${invitesLabel}\n${url}`,
      `${notes.join("\n")}\n${settingsLabel}\n${settingsUrl}`,
    ].join("\n\n"),
    html: (
      <EmailLayout
        lang={language.code}
        title={subject}
        sender="{{reseller_name}}"
        preview="{{summary}}"
        notes={notes}
        footer={
          <SmallPrint>
            <AccentLink href={settingsUrl}>{settingsLabel}</AccentLink>
          </SmallPrint>
        }
      >
        <Paragraph>{intro}</Paragraph>
        {"{{*}}{{#heading}}"}
        <Heading>{"{{heading}}"}</Heading>
        {"{{/heading}}"}
        <Paragraph>
          <AccentLink href={inviteUrl}>{"{{name}}"}</AccentLink>
          <br />
          {"{{#person}}"}
          <Soft>{"{{person}}"}</Soft>
          <br />
          {"{{/person}}{{#reason}}{{reason}} · {{/reason}}"}
          <AccentLink href={actionUrl}>{"{{action}}"}</AccentLink>
        </Paragraph>
        {"{{/*}}{{#more}}"}
        <Paragraph>{"{{more}}"}</Paragraph>
        {"{{/more}}"}
        <ActionButton href={url}>{invitesLabel}</ActionButton>
      </EmailLayout>
    ),
  }
}
