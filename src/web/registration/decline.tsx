import { senderName } from "../../domain/invites/audience.ts"
import { type DeclineState, declineInvite, loadDecline } from "../../domain/invites/decline.ts"
import { repairLink } from "../../domain/invites/link-token.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import { Form } from "../ui/form.tsx"
import { InvalidLinkPage, joinedPhrase, LinkLayout } from "./layout.tsx"

export const declineRoutes = new Router()

declineRoutes.serve("decline.show", async (c) => {
  const repairedToken = await repairLink(c.var.deps.linkKeys, c.req.param("token"), "decline")
  if (repairedToken) return redirect(c, href("decline.show", { token: repairedToken }))
  const token = c.req.param("token")
  const decline = await loadDecline(c.var.deps, token)
  const status = decline.state === "invalid" ? 404 : 200
  return c.html(<DeclinePage {...{ decline, token }} platformName={c.var.deps.config.platformName} />, status)
})

declineRoutes.serve("decline.create", async (c) => {
  const token = c.req.param("token")
  const decline = await declineInvite(c.var.deps, token)
  const status = decline.state === "invalid" ? 404 : decline.state === "accepted" ? 409 : 200
  return c.html(<DeclinePage {...{ decline, token }} platformName={c.var.deps.config.platformName} />, status)
})

function DeclinePage({ decline, token, platformName }: { decline: DeclineState; token: string; platformName: string }) {
  if (decline.state === "invalid") return <InvalidLinkPage brand={platformName} />
  const { reseller, invite, recipient } = decline
  const sender = senderName(invite, reseller, platformName)
  const isCurrentContact = invite.contactEmail === recipient // else it has another address since, whose business it is
  switch (decline.state) {
    case "open":
      return (
        <LinkLayout title="Not meant for you?" {...{ reseller, platformName }}>
          <p class="muted">
            {sender} invited {isCurrentContact ? contactLabel(invite) : "somebody"} at {recipient}. If that is not you,
            say so, and {sender} sends nothing more to this address.
          </p>
          <Form class="stack" action={href("decline.create", { token })} data-submit-once>
            <button class="button full-width" type="submit">
              This wasn't meant for me
            </button>
          </Form>
        </LinkLayout>
      )
    case "declined":
      return (
        <LinkLayout title="Thank you" {...{ reseller, platformName }}>
          <p class="muted">
            {sender} sends nothing more to {recipient}. You can close this page.
          </p>
        </LinkLayout>
      )
    case "accepted":
      return (
        <LinkLayout title="This invite was accepted" {...{ reseller, platformName }}>
          <p class="muted">
            Somebody {joinedPhrase(invite, reseller)} with it, at this address. If that was not you, tell{" "}
            {reseller.name} below.
          </p>
        </LinkLayout>
      )
  }
}

const contactLabel = ({ kind, contactName, companyName }: Invite) =>
  kind === "customer" ? `${contactName} of ${companyName}` : contactName
