import type { Context } from "hono"
import { senderName } from "../../domain/invites/audience.ts"
import { type DeclineState, declineInvite, loadDecline } from "../../domain/invites/decline.ts"
import { repairLink } from "../../domain/invites/link-token.ts"
import { type AppEnv, factory } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import type { Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { messagesFor } from "../../text/locales.ts"
import { accountName, InvalidLinkPage, LinkLayout } from "./layout.tsx"

export const declineRoutes = factory.createApp()

declineRoutes.on("GET", ["/decline", "/decline/"], (c) => respondWithDecline(c, { state: "invalid" }))

declineRoutes.get("/decline/:token{[^]+}", async (c) => {
  const repairedToken = await repairLink(c.var.deps.linkKeys, c.req.param("token"), "decline")
  if (repairedToken) return redirect(c, `/decline/${repairedToken}`)
  return respondWithDecline(c, await loadDecline(c.var.deps, c.req.param("token")))
})

declineRoutes.post("/decline/:token", async (c) => {
  const decline = await declineInvite(c.var.deps, c.req.param("token"))
  return respondWithDecline(c, decline, decline.state === "accepted" ? 409 : 200)
})

function respondWithDecline(c: Context<AppEnv>, decline: DeclineState, status: 200 | 409 = 200) {
  const { platformName } = c.var.deps.config
  if (decline.state === "invalid") return c.html(<InvalidLinkPage t={browserMessages(c)} brand={platformName} />, 404)
  return c.html(<DeclinePage decline={decline} platformName={platformName} />, status)
}

type DeclinePageProps = { decline: Exclude<DeclineState, { state: "invalid" }>; platformName: string }

function DeclinePage({ decline, platformName }: DeclinePageProps) {
  const { reseller, invite, recipient } = decline
  const t = messagesFor(invite.locale)
  const sender = senderName(invite, reseller, platformName)
  const isCurrentContact = invite.contactEmail === recipient // otherwise the invite has since gone to somebody else
  switch (decline.state) {
    case "open":
      return (
        <LinkLayout title={t.decline.title} {...{ t, reseller, platformName }}>
          <p class="muted">
            {t.decline.text(sender, isCurrentContact ? contactLabel(t, invite) : t.decline.someone, recipient)}
          </p>
          <form class="stack" method="post" data-submit-once>
            <button class="button full-width" type="submit">
              {t.decline.submit}
            </button>
          </form>
        </LinkLayout>
      )
    case "declined":
      return (
        <LinkLayout title={t.decline.doneTitle} {...{ t, reseller, platformName }}>
          <p class="muted">{t.decline.done(sender, recipient)}</p>
        </LinkLayout>
      )
    case "accepted":
      return (
        <LinkLayout title={t.decline.acceptedTitle} {...{ t, reseller, platformName }}>
          <p class="muted">{t.decline.accepted(accountName(invite, reseller), reseller.name)}</p>
        </LinkLayout>
      )
  }
}

const contactLabel = (t: Messages, { kind, contactName, companyName }: Invite) =>
  kind === "customer" ? t.phrases.personOfCompany(contactName, companyName) : contactName
