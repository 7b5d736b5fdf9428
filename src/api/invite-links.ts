import * as z from "zod"
import { customerInviteContext } from "../domain/invites/audience.ts"
import { issueCopyLink } from "../domain/invites/copy-link.ts"
import { requireScope } from "./authenticate.ts"
import { problems } from "./problems.ts"
import { ApiHono, createRoute } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import { COMMON_ERRORS, idempotencyKeyHeader, idParam, jsonResponse, POST_ERRORS, timestamp } from "./schemas.ts"

const RegistrationLink = z
  .object({
    registration_url: z.url().meta({
      description: "For the contact alone. Whoever opens it is asked for a code that is mailed to them.",
      examples: ["https://vestibule.example/register/eyJhbGciOiJIUzI1NiJ9.eyJ2aWEiOiJjb3B5In0.c2lnbmF0dXJl"],
    }),
    expires_at: timestamp,
  })
  .apply(withSchemaName("RegistrationLink"))

const issueLink = createRoute({
  method: "post",
  path: "/invites/{id}/links",
  operationId: "issueInviteLink",
  tags: ["Invites"],
  summary: "Copy the registration link",
  description:
    "A link of a pending invite to hand over yourself. It works beside the one that was e-mailed. Asked again, it is the link that works then, under the same `Idempotency-Key` too.",
  ...requireScope("invites:write"),
  request: { params: idParam("invite"), headers: idempotencyKeyHeader },
  responses: {
    201: jsonResponse(RegistrationLink, "The link. It is in no list and no log."),
    ...problems(...COMMON_ERRORS, ...POST_ERRORS, "body_too_large", "not_found", "invite_not_pending"),
  },
})

export const inviteLinkRoutes = new ApiHono().openapi(issueLink, async (c) => {
  const { invite, url } = await issueCopyLink(c.var.deps, customerInviteContext(c.var.apiKey), c.req.valid("param").id)
  return c.json({ registration_url: url, expires_at: invite.expiresAt.toISOString() }, 201)
})
