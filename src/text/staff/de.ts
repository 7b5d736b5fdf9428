import { isolateParameters } from "../direction.ts"
import type { StaffWords } from "./en.ts"

export const staffDe: StaffWords = isolateParameters({
  digest: {
    subject: "{{summary}}",
    intro: "Das ist seit der letzten E-Mail mit Ihren Einladungen geschehen:",
    invitesLabel: "Alle Einladungen ansehen",
    notes: ["Diese E-Mail kommt höchstens einmal in der Stunde. Sie können sie hier abschalten: {{settings_url}}"],
    summary: (counts) => `Ihre Einladungen: ${counts}`,
    more: (count) => `… und ${count} weitere`,
  },
  webhookDisabled: {
    subject: "Ein Webhook von {{reseller_name}} wurde deaktiviert",
    preview: "Er hat seit drei Tagen kein Ereignis angenommen.",
    paragraphs: [
      "Der Webhook an {{webhook_url}} hat seit drei Tagen kein Ereignis angenommen. Deshalb haben wir ihn deaktiviert. Er empfängt nichts, bis ihn jemand wieder aktiviert.",
      "In den Einstellungen sehen Sie, was wir gesendet haben und wie der Empfänger geantwortet hat.",
    ],
    webhooksLabel: "Webhooks ansehen",
  },

  layout: {},

  dashboard: {},

  invites: {},

  customers: {},

  people: {},

  billing: {},

  settings: {},

  apiKeys: {},

  webhooks: {},

  activity: {},
})
