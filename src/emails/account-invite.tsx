import { createInviteEmail } from "./layout/invite-email.tsx"

export const en = createInviteEmail("en", {
  subject: "{{inviter}} invited you to {{account_name}}",
  preview: "{{inviter}} invited you to {{purpose}}. The link works until {{expires_on}}.",
  paragraphs: [
    "Dear {{contact_name}},",
    "{{inviter}} invited you to {{purpose}}, powered by {{platform_name}}. Your role will be {{role}}.",
    "Follow the link below to create your account, or to add this one to the account that you have.",
  ],
  linkLabel: "Connect Here:",
  buttonLabel: "Accept the invite",
  noteLabel: "{{inviter}} adds:",
  notes: [
    "The link works until {{expires_on}}.",
    "{{inviter}} invited {{contact_email}}.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
  declineLabel: "This wasn't meant for me",
})

export const de = createInviteEmail("de", {
  subject: "{{inviter}} hat Sie zu {{account_name}} eingeladen",
  preview: "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link gilt bis zum {{expires_on}}.",
  paragraphs: [
    "Guten Tag {{contact_name}},",
    "{{inviter}} hat Sie eingeladen, {{purpose}}. Ihre Rolle wird {{role}} sein. Die Technologie kommt von {{platform_name}}.",
    "Folgen Sie bitte dem Link unten, um Ihren Zugang anzulegen oder dieses Konto Ihrem bestehenden Zugang hinzuzufügen.",
  ],
  linkLabel: "Jetzt verbinden:",
  buttonLabel: "Einladung annehmen",
  noteLabel: "{{inviter}} schreibt dazu:",
  notes: [
    "Der Link gilt bis zum {{expires_on}}.",
    "{{inviter}} hat {{contact_email}} eingeladen.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
  declineLabel: "Diese Einladung war nicht für mich bestimmt",
})
