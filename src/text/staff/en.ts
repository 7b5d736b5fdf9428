// Every word that a reseller's staff see and no contact or member does, in their pages and emails. German has the same keys.
// A message with values is a function; one that contains an element, such as a time, returns its parts.

import { isolateParameters } from "../direction.ts"

export const staffEn = isolateParameters({
  digest: {
    subject: "{{summary}}",
    intro: "What happened to your invites since the last email:",
    invitesLabel: "See all invites",
    notes: ["We send at most one of these emails an hour. Turn them off at {{settings_url}}"],
    summary: (counts: string) => `Your invites: ${counts}`,
    more: (count: number) => `… and ${count} more`,
  },
  webhookDisabled: {
    subject: "We disabled a webhook of {{reseller_name}}",
    preview: "It hasn't accepted an event for three days.",
    paragraphs: [
      "The webhook to {{webhook_url}} hasn't accepted an event for three days, so we disabled it. It receives nothing until someone enables it again.",
      "Under Settings you can see what we sent and how the receiver responded.",
    ],
    webhooksLabel: "See the webhooks",
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

/** The keys of English, with the same parameters. */
export type StaffWords = typeof staffEn
