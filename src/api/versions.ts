/** A release of the API, as the API reference shows it. */
type Release = { version: string; date: string; changes: string[] }

/** What callers can rely on in v1. test/openapi holds it: `npm run accept-openapi` refuses a document that breaks it. */
export const VERSION_POLICY = `**What is added.** Within v1 we add calls, optional parameters and fields of requests, fields of responses, headers, events, problem
codes, and values of fields in responses. Ignore fields, events and values that you don't know.

**What stays.** We remove or rename no call, parameter, field, header, event or problem code. Nothing that is optional becomes
required, no value or size that is accepted is refused later, no field of a response changes its type or goes missing, and no call
requires a further scope. The only exception is a fix for a security hole, which the changelog then explains.

**Deprecation.** A call that is to be removed is first marked as deprecated, here and in the changelog. From then on its responses have
the headers \`Deprecation\` (RFC 9745) with the date of the announcement, \`Sunset\` (RFC 8594) with the date of the removal, at least
twelve months later, and \`Link\` to its description. Fields and parameters stay as long as their call. A successor, v2,
would have paths of its own, and v1 would be deprecated as a whole, in the same way.`

/** The newest release comes first. Its version is that of the document and of the client. */
export const CHANGELOG: [Release, ...Release[]] = [
  {
    version: "1.1.0",
    date: "2026-11-27",
    changes: [
      "`@vestibule/client`, a client for TypeScript and JavaScript, and samples beside each call.",
      "`send_email` and `dry_run` are no longer described with a `default`, so that generated types don't require them.",
      "The list of events, a description of each event, and more events: `invite.deferred`, `invite.failed`, `invite.complained`, `invite.updated`, `invite.reminded`, `customer.updated` and `member.joined`.",
      "`external_id` and `metadata` of invites and customers, with filters by both, and `external:{id}` in the place of an id. `PATCH /customers/{id}`.",
      "`updated_at` of invites and customers. Both lists can be sorted in more orders, `external_id` among them, in both directions, and limited by the times that they are sorted by; invites can be found by `contact_email`.",
      "`expand` of invites and customers: records in full, beside their ids.",
      "Unknown and repeated query parameters are refused, so that a mistyped filter never acts on another list.",
      "Security: a webhook can be subscribed only to events that the key can read, and errors don't name records that it can't read.",
      "Pages of any origin can call the API.",
      "Staff and their invites, members and their invites, activity and settings, with scopes of their own.",
      "`If-Match` in every call that changes something with a version, `ETag` in every response that has one, and 304 for `If-None-Match`.",
      "`Idempotency-Key` in the operator's calls. `X-Request-Id` takes a short token of yours.",
      "Bodies that aren't UTF-8, repeat a name in an object, or are compressed are refused. A slash at the end of a path redirects.",
      "Test events, and the success rate and latency of webhooks. `Retry-After` and 410 of receivers are obeyed.",
      "`send_at` of invites: when a new one is to be sent. It can be changed until then.",
      "Sandboxes with test keys (`vst_test_…`), their emails, and `advanceInvite`. `sandbox` in the settings.",
      "The ids of activity are described as long as they can be.",
      "`billing_changed` limits the list of customers to those whose billing account is to be reviewed.",
      "`getDeployment`, for the operator.",
      "The version policy and this changelog.",
    ],
  },
  { version: "1.0.0", date: "2026-11-26", changes: ["The first release."] },
]
