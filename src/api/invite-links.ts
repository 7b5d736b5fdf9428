import * as z from "zod"
import { copyLink } from "../domain/invite-links.ts"
import { customerInviter } from "../domain/inviters.ts"
import { ApiHono, createRoute } from "./api-hono.ts"
import { keyed } from "./key-guard.ts"
import { named } from "./named.ts"
import { problems } from "./problems.ts"
import { ANY_CALL, ANY_POST, idempotencyKey, json, pathId, time } from "./shapes.ts"

const RegistrationLink = z
  .object({
    registration_url: z.url().meta({
      description: "For the contact alone. Whoever opens it is asked for a code that is mailed to them.",
      examples: ["https://vestibule.example/register/eyJhbGciOiJIUzI1NiJ9.eyJ2aWEiOiJjb3B5In0.c2lnbmF0dXJl"],
    }),
    expires_at: time,
  })
  .apply(named("RegistrationLink"))

const link = createRoute({
  method: "post",
  path: "/invites/{id}/links",
  operationId: "copyInviteLink",
  tags: ["Invites"],
  summary: "Copy the registration link",
  description:
    "A link of a pending invite to hand over yourself. It works beside the one that was e-mailed. Asked again, it is the link that works then, under the same `Idempotency-Key` too.",
  ...keyed("invites:write"),
  request: { params: pathId("invite"), headers: idempotencyKey },
  responses: {
    201: json(RegistrationLink, "The link. It is in no list and no log."),
    ...problems(...ANY_CALL, ...ANY_POST, "body_too_large", "not_found", "invite_not_pending"),
  },
})

export const inviteLinkCalls = new ApiHono().openapi(link, async (c) => {
  const { invite, url } = await copyLink(c.var.deps, customerInviter(c.var.apiKey), c.req.valid("param").id)
  return c.json({ registration_url: url, expires_at: invite.expiresAt.toISOString() }, 201)
})
