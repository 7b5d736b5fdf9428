import { INVITE_LETTER } from "../text/invite-letter.ts"
import { invitation } from "./layout/invitation.tsx"

export const en = invitation("en", {
  subject: INVITE_LETTER.en.subject,
  connect: INVITE_LETTER.en.connect,
  paragraphs: [
    INVITE_LETTER.en.greeting,
    INVITE_LETTER.en.opening,
    "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
    "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
  ],
  preview: "{{inviter}} invited {{company_name}}. The link works until {{expires_on}}.",
  action: "Create your account",
  noteFrom: "{{inviter}} adds:",
  notes: [
    "The link works until {{expires_on}}.",
    "{{inviter}} invited {{contact_email}} as the contact of {{company_name}}.",
    "Questions? Reply to this e-mail{{support_line}}.",
  ],
  notForMe: "This wasn't meant for me",
})

export const de = invitation("de", {
  subject: INVITE_LETTER.de.subject,
  connect: INVITE_LETTER.de.connect,
  paragraphs: [
    INVITE_LETTER.de.greeting,
    INVITE_LETTER.de.opening,
    "Stärken Sie Ihr internes Netzwerk oder Ihren Backbone, stellen Sie Verbindungen zu Ihren Cloud- und SaaS-Anbietern und zwischen ihnen her und bauen Sie über unseren Marktplatz gemeinsam mit anderen Ihr eigenes sicheres, privates Ökosystem auf.",
    "Um die Registrierung abzuschließen, folgen Sie bitte dem Link unten und legen Sie Ihr Konto an. Danach heißt es: klicken, anlegen, verbinden!",
  ],
  preview: "{{inviter}} hat {{company_name}} eingeladen. Der Link gilt bis zum {{expires_on}}.",
  action: "Konto anlegen",
  noteFrom: "{{inviter}} schreibt dazu:",
  notes: [
    "Der Link gilt bis zum {{expires_on}}.",
    "{{inviter}} hat {{contact_email}} als Kontakt von {{company_name}} eingeladen.",
    "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
  ],
  notForMe: "Diese Einladung war nicht für mich bestimmt",
})
