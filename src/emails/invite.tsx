import { INVITE_EMAIL_TEXT } from "../text/invite-letter.ts"
import { createInviteEmail } from "./layout/invite-email.tsx"

export const en = createInviteEmail("en", {
  subject: INVITE_EMAIL_TEXT.en.subject,
  linkLabel: INVITE_EMAIL_TEXT.en.connect,
  paragraphs: [
    INVITE_EMAIL_TEXT.en.greeting,
    INVITE_EMAIL_TEXT.en.opening,
    "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
    "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
  ],
  preview: "{{inviter}} invited {{company_name}}. The link works until {{expires_on}}.",
  buttonLabel: "Create your account",
  noteLabel: "{{inviter}} adds:",
  notes: [
    "The link works until {{expires_on}}.",
    "{{inviter}} invited {{contact_email}} as the contact of {{company_name}}.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
  declineLabel: "This wasn't meant for me",
})

export const de = createInviteEmail("de", {
  subject: INVITE_EMAIL_TEXT.de.subject,
  linkLabel: INVITE_EMAIL_TEXT.de.connect,
  paragraphs: [
    INVITE_EMAIL_TEXT.de.greeting,
    INVITE_EMAIL_TEXT.de.opening,
    "Stärken Sie Ihr internes Netzwerk oder Ihren Backbone, stellen Sie Verbindungen zu Ihren Cloud- und SaaS-Anbietern und zwischen ihnen her und bauen Sie über unseren Marktplatz gemeinsam mit anderen Ihr eigenes sicheres, privates Ökosystem auf.",
    "Um die Registrierung abzuschließen, folgen Sie bitte dem Link unten und legen Sie Ihr Konto an. Danach heißt es: klicken, anlegen, verbinden!",
  ],
  preview: "{{inviter}} hat {{company_name}} eingeladen. Der Link gilt bis zum {{expires_on}}.",
  buttonLabel: "Konto anlegen",
  noteLabel: "{{inviter}} schreibt dazu:",
  notes: [
    "Der Link gilt bis zum {{expires_on}}.",
    "{{inviter}} hat {{contact_email}} als Kontakt von {{company_name}} eingeladen.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
  declineLabel: "Diese Einladung war nicht für mich bestimmt",
})
