import { OpenAPIHono } from "@hono/zod-openapi"
import { SCOPES, type Scope } from "../storage/schema.ts"
import { type ApiDocument, addExamples } from "./examples.ts"
import { API_PROBLEMS, PROBLEM_DESCRIPTIONS, type ProblemCode } from "./problems.ts"
import type { Operation } from "./router.ts"

export const SCOPE_DESCRIPTIONS: Record<Scope, string> = {
  "invites:read": "read invites; their billing fields need billing:read too",
  "invites:write": "invite customers, resend and revoke",
  "customers:read": "read customers and their members",
  "billing:read": "read billing accounts",
  "billing:write": "set up, change and remove billing accounts",
  "webhooks:write": "manage webhooks",
}

const INTRODUCTION = `What staff can do with invites, customers and billing accounts, for programs.

**Keys.** Staff make them under Settings. Send one with every request: \`Authorization: Bearer vst_…\`. A key begins with
\`vst_live_\` and goes on with 64 hexadecimal digits, so that secret scanners can find it. It has scopes:
${SCOPES.map((scope) => `\`${scope}\` (${SCOPE_DESCRIPTIONS[scope]})`).join(", ")}.

**Limits.** Every answer to a key that stands says how many requests it has left: \`RateLimit\` and \`RateLimit-Policy\`. Past that, 429 with
\`Retry-After\`.

**Repeating safely.** A POST with an \`Idempotency-Key\` has one effect in 24 hours, however often it is sent: a repeat gets
the first answer again, with \`Idempotency-Replayed: true\`. While the first is running a repeat gets 409
\`idempotency_in_progress\`; the same key with another body gets 422 \`idempotency_key_reused\`. Refusals are not kept: mend
the request and send it under the same key.

**Lists** are pages of \`limit\`, newest first. Ask for the next with \`cursor\` until \`next_cursor\` is null.

**Webhooks** post \`{type, timestamp, data}\`, where \`data\` is ids and states: \`invite_id\`, \`status\`, \`email_status\`,
\`send_count\`, \`customer_id\`. They are signed as standardwebhooks.com has it; answer 2xx within 15 seconds. An event may come
more than once, under the same \`webhook-id\`, and not in order.

**Errors** are RFC 9457 problem details. \`code\` names the cause and never changes; \`detail\` is for a person. Fields that are
wrong are listed in \`errors\`. An id of another reseller is answered as one that does not exist.
`

/** The OpenAPI 3.1 document of these operations, made from the schemas that check them. Only the build imports this. */
export function createOpenApiDocument(operations: Operation[]): ApiDocument {
  const openApi = new OpenAPIHono()
  const registry = openApi.openAPIRegistry
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "An API key: `vst_live_…`.",
  })
  registry.registerComponent("securitySchemes", "operatorToken", {
    type: "http",
    scheme: "bearer",
    description: "The operator token, a secret of the deployment. Without it these addresses do not exist.",
  })
  for (const { middleware, ...operation } of operations) registry.registerPath(operation)
  const document = openApi.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Vestibule API",
      version: "1.0.0",
      description: INTRODUCTION,
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/api/v1" }], // the Worker adds the origin of its deployment
    tags: [
      { name: "Invites", description: "A reseller invites a customer's contact." },
      { name: "Customers", description: "A company whose contact accepted." },
      { name: "Billing accounts", description: "Where a reseller's customers are billed." },
      { name: "Webhooks", description: "Where a reseller's own programs are told what happens." },
      { name: "Resellers", description: "For the operator of the deployment, by the operator token alone." },
    ],
    "x-problems": Object.entries(API_PROBLEMS).map(([code, { status, title }]) => ({
      code,
      status,
      title,
      meaning: PROBLEM_DESCRIPTIONS[code as ProblemCode],
    })),
  })
  return addExamples(document)
}
