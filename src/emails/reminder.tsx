import { createInviteEmail } from "./layout/invite-email.tsx"

export const en = createInviteEmail("en", {
  subject: "Your invite from {{reseller_name}} runs out on {{expires_on}}",
  preview: "The link works until {{expires_on}}.",
  paragraphs: [
    "Dear {{contact_name}},",
    "{{inviter}} invited you to {{purpose}}. The link below still works until {{expires_on}}; after that you would need a new invite.",
  ],
  linkLabel: "Connect Here:",
  buttonLabel: "Create your account",
  notes: ["Questions? Reply to this e-mail{{support_line}}.", "This is the only reminder."],
  declineLabel: "This wasn't meant for me",
})

export const de = createInviteEmail("de", {
  subject: "Ihre Einladung von {{reseller_name}} läuft am {{expires_on}} ab",
  preview: "Der Link gilt bis zum {{expires_on}}.",
  paragraphs: [
    "Guten Tag {{contact_name}},",
    "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link unten gilt noch bis zum {{expires_on}}; danach brauchen Sie eine neue Einladung.",
  ],
  linkLabel: "Jetzt verbinden:",
  buttonLabel: "Konto anlegen",
  notes: ["Fragen? Antworten Sie auf diese E-Mail{{support_line}}.", "Dies ist die einzige Erinnerung."],
  declineLabel: "Diese Einladung war nicht für mich bestimmt",
})
