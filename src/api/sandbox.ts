import * as z from "zod"
import { inviteIdOf } from "../domain/external-ids.ts"
import { customerInviteContext } from "../domain/invites/audience.ts"
import { ADVANCE_STEPS, advanceInvite } from "../domain/sandbox/advance.ts"
import {
  getSandboxEmail,
  type ListedSandboxEmail,
  listSandboxEmails,
  MAILBOX_DAYS,
  MAILBOX_MAX,
} from "../domain/sandbox/emails.ts"
import { emailField } from "../domain/validation.ts"
import { invites } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { idempotent } from "./idempotency-key.ts"
import { Invite, toInvite } from "./invites/schemas.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idParam,
  idSchema,
  ifMatchVersions,
  inviteParam,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  POST_ERRORS,
  timestamp,
} from "./schemas.ts"

const SandboxEmail = z
  .object({
    id: idSchema("eml"),
    kind: z.string().meta({
      description:
        "What the email is for: `invite`, `reminder`, `code`, `link` (the invite again, instead of a code), `password_reset`, `email_change`, `security_notice`, `digest`, `webhook_off` or `test`. New kinds can be added at any time.",
      examples: ["invite"],
    }),
    invite_id: idSchema("inv")
      .nullable()
      .meta({ description: "The invite that it is about; null if it is about none." }),
    to: z.string().meta({ examples: ["priya@northwind.example"] }),
    subject: z.string().meta({ examples: ["Set up your account at Acme Networks"] }),
    created_at: timestamp,
  })
  .apply(withSchemaName("SandboxEmail"))

const SandboxEmailContent = SandboxEmail.extend({
  html: z.string().meta({ examples: ["<!doctype html>…"] }),
  text: z.string().meta({
    description: "The same as plain text, with the links of the email.",
    examples: ["Set up your account: https://vestibule.example/r/QSpG5HcRQ9xYAAFp8Zi-3x1mYwJZ5sVHq7bN0uKtfA"],
  }),
}).apply(withSchemaName("SandboxEmailContent"))

const toSandboxEmail = (row: ListedSandboxEmail): z.infer<typeof SandboxEmail> => ({
  id: row.id,
  kind: row.kind,
  invite_id: row.inviteId,
  to: row.recipient,
  subject: row.subject,
  created_at: row.createdAt.toISOString(),
})

const tags = ["Sandbox"]

const listEmails = createRoute("api.sandboxEmails.list", {
  operationId: "listSandboxEmails",
  tags,
  summary: "List the emails of a sandbox, newest first",
  description: `The emails that a sandbox keeps instead of sending them: those of the last ${MAILBOX_DAYS} days, ${MAILBOX_MAX} at most. An address that begins with \`bounced\`, \`complained\` or \`deferred\`, such as \`bounced+1@example.com\`, has that outcome; emails to others are delivered. For test keys only.`,
  request: {
    query: listParams("eml").extend({
      to: emailField("Enter an email address.").optional().meta({ description: "Only the emails to this address." }),
      invite_id: z
        .string()
        .regex(/^inv_[0-9a-z]{26}$/, "Use the id of an invite.")
        .optional()
        .meta({ description: "Only the emails about this invite." }),
    }),
  },
  responses: {
    200: jsonResponse(listSchema("SandboxEmailList", SandboxEmail), "A page of emails."),
    ...problems(...COMMON_ERRORS, "sandbox_only"),
  },
})

const readEmail = createRoute("api.sandboxEmails.show", {
  operationId: "getSandboxEmail",
  tags,
  summary: "Get an email of a sandbox",
  description:
    "With what it says, so that a test can follow its registration link or enter its code. For test keys only.",
  request: { params: idParam("email") },
  responses: {
    200: jsonResponse(SandboxEmailContent, "The email.", "ETag"),
    ...problems(...COMMON_ERRORS, "sandbox_only", "not_found"),
  },
})

const Advance = z
  .strictObject({
    to: z.enum(ADVANCE_STEPS, `Use one of: ${ADVANCE_STEPS.join(", ")}.`).meta({
      description:
        "The step to move forward to: the sending of a scheduled email, the reminder before the invite expires, or its expiry.",
      examples: ["expiry"],
    }),
  })
  .apply(withSchemaName("Advance"))

const advance = createRoute(
  "api.invites.advance",
  {
    operationId: "advanceInvite",
    tags,
    summary: "Move an invite of a sandbox forward in time",
    description:
      "A scheduled email or the reminder is sent, or the invite expires, as if the time until then had passed: its times move back, except `created_at`, and the events are those of the real step. For test keys only.",
    request: { params: inviteParam, headers: conditionalPostHeaders, body: jsonBody(Advance) },
    responses: {
      200: jsonResponse(Invite, "The invite after the step.", "ETag", "Idempotency-Replayed"),
      ...problems(
        ...COMMON_ERRORS,
        ...BODY_ERRORS,
        ...POST_ERRORS,
        "sandbox_only",
        "not_found",
        "invite_not_pending",
        "invite_not_scheduled",
        "email_scheduled",
        "no_reminder_planned",
        "version_conflict",
        "email_hourly_limit",
      ),
    },
  },
  { writesByCommit: true },
)

export const sandboxRoutes = new ApiHono()
  .openapi(listEmails, (c) => {
    const { deps, apiKey } = c.var
    const { to: recipient, invite_id: inviteId } = c.req.valid("query")
    return listResponse(c, (page) => listSandboxEmails(deps, apiKey, { recipient, inviteId }, page), toSandboxEmail)
  })
  .openapi(readEmail, async (c) => {
    const { html, text, ...row } = await getSandboxEmail(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    return jsonWithEtag(c, { ...toSandboxEmail(row), html, text }, 200)
  })
  .openapi(advance, async (c) => {
    const { deps, apiKey } = c.var
    const { to } = c.req.valid("json")
    const { row, at } = await idempotent(c, invites, async () => {
      const id = await inviteIdOf(deps, apiKey, c.req.valid("param").id)
      return advanceInvite(deps, customerInviteContext(apiKey), id, to, ifMatchVersions(c))
    })
    return jsonWithEtag(c, toInvite(row, at, apiKey), 200, row.lastChangeId)
  })
