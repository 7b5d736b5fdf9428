import * as z from "zod"
import { inviteIdOf } from "../../domain/external-ids.ts"
import { customerInviteContext } from "../../domain/invites/audience.ts"
import { issueCopyLink } from "../../domain/invites/copy-link.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { ApiHono } from "../router.ts"
import { withSchemaName } from "../schema-name.ts"
import {
  COMMON_ERRORS,
  conditionalPostHeaders,
  ifMatchVersions,
  inviteParam,
  jsonResponse,
  POST_ERRORS,
  timestamp,
} from "../schemas.ts"

const RegistrationLink = z
  .object({
    registration_url: z.url().meta({
      description: "For the contact only. Anyone who opens it must enter a code that we email to the contact.",
      examples: ["https://vestibule.example/r/QSpG5HcRQ9xYAAFp8Zi-3x1mYwJZ5sVHq7bN0uKtfA"],
    }),
    expires_at: timestamp,
  })
  .apply(withSchemaName("RegistrationLink"))

const issueLink = createRoute(
  "api.invites.issueLink",
  {
    operationId: "issueInviteLink",
    tags: ["Invites"],
    summary: "Issue a registration link",
    description:
      "A link to a pending invite, to pass on yourself. Links sent by email keep working. A repeated request returns a link that works at that time, even with the same `Idempotency-Key`.",
    request: { params: inviteParam, headers: conditionalPostHeaders },
    responses: {
      201: jsonResponse(RegistrationLink, "The link. It appears in no list or log."),
      ...problems(
        ...COMMON_ERRORS,
        ...POST_ERRORS,
        "body_too_large",
        "not_found",
        "invite_not_pending",
        "version_conflict",
      ),
    },
  },
  { writesByCommit: true },
)

export const inviteLinkRoutes = new ApiHono().openapi(issueLink, async (c) => {
  const { deps, apiKey } = c.var
  const id = await inviteIdOf(deps, apiKey, c.req.valid("param").id)
  const { invite, url } = await issueCopyLink(deps, customerInviteContext(apiKey), id, ifMatchVersions(c))
  return c.json({ registration_url: url, expires_at: invite.expiresAt.toISOString() }, 201)
})
