import { invitation } from "./layout/invitation.tsx"

export const en = invitation("en", {
  subject: "{{inviter}} invited you to {{account_name}}",
  preview: "{{inviter}} invited you to {{purpose}}. The link works until {{expires_on}}.",
  paragraphs: [
    "Dear {{contact_name}},",
    "{{inviter}} invited you to {{purpose}}, powered by {{platform_name}}. Your role will be {{role}}.",
    "Follow the link below to create your account, or to add this one to the account that you have.",
  ],
  connect: "Connect Here:",
  action: "Accept the invite",
  noteFrom: "{{inviter}} adds:",
  notes: [
    "The link works until {{expires_on}}.",
    "{{inviter}} invited {{contact_email}}.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
  notForMe: "This wasn't meant for me",
})

export const de = invitation("de", {
  subject: "{{inviter}} hat Sie zu {{account_name}} eingeladen",
  preview: "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link gilt bis zum {{expires_on}}.",
  paragraphs: [
    "Guten Tag {{contact_name}},",
    "{{inviter}} hat Sie eingeladen, {{purpose}}. Ihre Rolle wird {{role}} sein. Die Technologie kommt von {{platform_name}}.",
    "Folgen Sie bitte dem Link unten, um Ihren Zugang anzulegen oder dieses Konto Ihrem bestehenden Zugang hinzuzufügen.",
  ],
  connect: "Jetzt verbinden:",
  action: "Einladung annehmen",
  noteFrom: "{{inviter}} schreibt dazu:",
  notes: [
    "Der Link gilt bis zum {{expires_on}}.",
    "{{inviter}} hat {{contact_email}} eingeladen.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
  notForMe: "Diese Einladung war nicht für mich bestimmt",
})
