import { OpenAPIHono } from "@hono/zod-openapi"
import type { ApiDocument } from "../http/openapi.ts"
import { API_BASE } from "../routes.ts"
import { SCOPES, type Scope } from "../storage/schema.ts"
import { addCodeSamples } from "./code-samples.ts"
import { addCommonHeaders } from "./common-headers.ts"
import { documentDeprecation } from "./deprecation.ts"
import { addExamples } from "./examples.ts"
import { PROBLEM_DESCRIPTIONS } from "./problem-descriptions.ts"
import { API_PROBLEMS, type ProblemCode } from "./problem-details.ts"
import { describeDefaults } from "./request-defaults.ts"
import type { Operation } from "./router.ts"
import { CHANGELOG, VERSION_POLICY } from "./versions.ts"
import { registerWebhooks } from "./webhook-events.ts"

const SCOPE_DESCRIPTIONS: Record<Scope, string> = {
  "invites:read": "read invites; billing fields also need billing:read",
  "invites:write": "create, import, edit, resend and revoke invites",
  "customers:read": "read customers, each with its members",
  "members:read": "list members of customers and the invites to them",
  "customers:write": "update customers",
  "billing:read": "read billing accounts",
  "billing:write": "create, update and delete billing accounts",
  "webhooks:write": "manage webhooks for events that the other scopes can read",
  "staff:read": "read staff and the invites to them",
  "staff:write": "invite, change and remove staff",
  "activity:read": "read the activity, as far as the other scopes allow",
  "settings:read": "read the company's settings",
  "settings:write": "change the company's settings",
}

const INTRODUCTION = `Manage invites, customers and billing accounts from your own programs.

**API keys.** Staff create them under Settings. Send one with every request: \`Authorization: Bearer vst_…\`. A key is
\`vst_live_\` or \`vst_test_\` followed by 64 hexadecimal digits, so that secret scanners can find it. Its scopes decide what it can do:

${SCOPES.map((scope) => `- \`${scope}\`: ${SCOPE_DESCRIPTIONS[scope]}`).join("\n")}

The response to a change has the resource, even for a key that can't get it otherwise. A key stays valid when the person who created
it leaves; only its scopes \`staff:write\` and \`settings:write\` end once that person is no longer an Admin.

**Sandbox.** Under Settings, an Admin creates a sandbox: a second account for tests, with data of its own. Its keys, test keys, begin with
\`vst_test_\`; they reach nothing outside of it, and other keys nothing in it. All calls work as usual, webhooks too, but no email leaves
it: \`listSandboxEmails\` and \`getSandboxEmail\` have them, with their links. \`advanceInvite\` does what time would do to an invite. A sandbox
begins with the billing account of the samples, so that they run as they are.

**Rate limits.** The headers \`RateLimit\` and \`RateLimit-Policy\` say how many requests an API key has left. Beyond the limit, the
response is 429 with \`Retry-After\`. Changes are counted exactly. GETs are counted approximately, and so are their headers.

**Idempotency.** A POST with an \`Idempotency-Key\` takes effect once, however often you send it within 24 hours: a repeat gets
the first response again, with \`Idempotency-Replayed: true\`. While the first request is in progress, a repeat gets 409
\`idempotency_in_progress\`. The same key with a different body gets 422 \`idempotency_key_reused\`. Errors aren't stored: correct
the request and send it with the same key.

**Lists** have pages of up to \`limit\` items, newest first unless the call says otherwise. To get the next page, send \`next_cursor\`
as \`cursor\`; to get the previous page, send \`prev_cursor\`. On the last page \`next_cursor\` is null, on the first \`prev_cursor\`.

**Expansions.** A GET with \`expand\` responds with records in full, beside the fields that have their ids:
\`GET /invites?expand=customer,billing_account\`. The key needs the scopes to read them.

**Webhooks** receive \`{id, type, timestamp, data}\` by POST, where \`data\` has ids and statuses, \`external_id\` and \`metadata\`.
Each request is signed according to standardwebhooks.com. Respond with 2xx within 15 seconds: otherwise we retry for 24 hours. We obey
\`Retry-After\`, up to an hour, and 410 disables the webhook. An event can arrive more than once, and out of order. Its \`id\`, which is
also the \`webhook-id\`, stays the same: ignore one that you have handled. After an outage, catch up with \`GET /events\`, which has the
events of the last 30 days in order.

**Client.** \`@vestibule/client\` has a typed function for each call, for Node, Workers and browsers. It retries calls that fail
temporarily, iterates lists, and verifies webhooks. The operator builds it with \`npm run build:client\`.

**Bodies** are JSON in UTF-8, not compressed. Texts are stored without spaces at either end and without control and invisible
characters; in fields of one line, a line break becomes a space. External ids are compared in that form.

**Browsers.** Pages of any origin can call the API. It takes no cookies: what a page can do depends on its key alone.

**Conditional requests.** A response with one resource has an \`ETag\`. Send it as \`If-Match\` to change the resource only if nobody
has changed it since: otherwise the response is 412 \`version_conflict\`. \`If-Match\` compares the part before the dot, which is the
same for all API keys, and which no email status or expiry changes. \`If-None-Match\` compares the whole tag: a GET of what you already
have gets 304 without a body.

**Errors** are RFC 9457 problem details. \`code\` names the cause and never changes; \`detail\` is for people. \`errors\` lists invalid
fields and query parameters. Unknown and repeated ones are refused, too. An id that belongs to another reseller is treated as unknown.
`

/** The OpenAPI 3.1 document of these operations, generated from the schemas that validate them. Only the build imports this. */
export function createOpenApiDocument(operations: Operation[]): ApiDocument {
  const openApi = new OpenAPIHono()
  const registry = openApi.openAPIRegistry
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "An API key: `vst_live_…`, or `vst_test_…` for a sandbox.",
  })
  registry.registerComponent("securitySchemes", "operatorToken", {
    type: "http",
    scheme: "bearer",
    description: "The operator token, a secret of the deployment. Without it, these paths respond with 404.",
  })
  for (const { middleware, bodyLimits, deprecation, ...operation } of operations) {
    registry.registerPath({ ...operation, ...documentDeprecation(deprecation) })
  }
  registerWebhooks(registry)
  const document = openApi.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Vestibule API", // the Worker puts in the name of its platform
      version: CHANGELOG[0].version,
      description: INTRODUCTION,
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: API_BASE }], // the Worker adds the origin of its deployment
    tags: [
      { name: "Invites", description: "Invites to the contacts of future customers." },
      { name: "Imports", description: "Invites to many contacts at once." },
      { name: "Customers", description: "Companies whose contact accepted an invite." },
      { name: "Billing accounts", description: "The accounts that customers are billed to." },
      { name: "Events", description: "What happened to invites, customers and their members." },
      { name: "Webhooks", description: "URLs of your own programs that receive events." },
      { name: "Staff", description: "The users of a reseller." },
      { name: "Activity", description: "Who did what at a reseller." },
      { name: "Settings", description: "The company, the defaults of its invites, and its security." },
      {
        name: "Sandbox",
        description: "For tests, with a test key: emails that aren't sent, and time that can be moved.",
      },
      { name: "Resellers", description: "For the operator of the deployment, with the operator token." },
      { name: "Deployment", description: "How the deployment is doing, for its operator." },
    ],
    "x-versions": { policy: VERSION_POLICY, changelog: CHANGELOG },
    "x-problems": Object.entries(API_PROBLEMS).map(([code, { status, title }]) => ({
      code,
      status,
      title,
      meaning: PROBLEM_DESCRIPTIONS[code as ProblemCode],
    })),
  })
  return addCodeSamples(describeDefaults(addExamples(addCommonHeaders(document))))
}
