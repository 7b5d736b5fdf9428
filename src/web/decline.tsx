import { type Declining, declineInvite, openDecline } from "../domain/declining.ts"
import { hostNameOf } from "../domain/inviters.ts"
import { repairLink } from "../domain/registration-link.ts"
import { factory } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"
import type { Invite } from "../storage/schema.ts"
import { joinedBy, LinkPage, MangledLink } from "./link-pages.tsx"

export const declineRoutes = factory.createApp()

declineRoutes.on("GET", ["/decline", "/decline/"], (c) => {
  return c.html(<MangledLink brand={c.var.deps.config.platformName} />, 404)
})

declineRoutes.get("/decline/:token{[^]+}", async (c) => {
  const repaired = await repairLink(c.var.deps.linkKeys, c.req.param("token"), "decline")
  if (repaired) return redirect(c, `/decline/${repaired}`)
  const declining = await openDecline(c.var.deps, c.req.param("token"))
  const status = declining.state === "mangled" ? 404 : 200
  return c.html(<DeclinePage declining={declining} platformName={c.var.deps.config.platformName} />, status)
})

declineRoutes.post("/decline/:token", async (c) => {
  const declining = await declineInvite(c.var.deps, c.req.param("token"))
  const status = declining.state === "mangled" ? 404 : declining.state === "accepted" ? 409 : 200
  return c.html(<DeclinePage declining={declining} platformName={c.var.deps.config.platformName} />, status)
})

function DeclinePage({ declining, platformName }: { declining: Declining; platformName: string }) {
  if (declining.state === "mangled") return <MangledLink brand={platformName} />
  const { reseller, invite, recipient } = declining
  const host = hostNameOf(invite, reseller, platformName)
  const isTheirs = invite.contactEmail === recipient // else it has another address since, whose business it is
  switch (declining.state) {
    case "open":
      return (
        <LinkPage title="Not meant for you?" {...{ reseller, platformName }}>
          <p class="muted">
            {host} invited {isTheirs ? inviteeIn(invite) : "somebody"} at {recipient}. If that is not you, say so, and{" "}
            {host} sends nothing more to this address.
          </p>
          <form class="stack" method="post" data-submit-once>
            <button class="button full-width" type="submit">
              This wasn't meant for me
            </button>
          </form>
        </LinkPage>
      )
    case "declined":
      return (
        <LinkPage title="Thank you" {...{ reseller, platformName }}>
          <p class="muted">
            {host} sends nothing more to {recipient}. You can close this page.
          </p>
        </LinkPage>
      )
    case "accepted":
      return (
        <LinkPage title="This invite was accepted" {...{ reseller, platformName }}>
          <p class="muted">
            Somebody {joinedBy(invite, reseller)} with it, at this address. If that was not you, tell {reseller.name}{" "}
            below.
          </p>
        </LinkPage>
      )
  }
}

const inviteeIn = ({ kind, contactName, companyName }: Invite) =>
  kind === "customer" ? `${contactName} of ${companyName}` : contactName
