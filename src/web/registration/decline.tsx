import type { Context } from "hono"
import { repairToken } from "../../domain/access/repair-token.ts"
import { senderName } from "../../domain/invites/audience.ts"
import { type DeclineState, declineInvite, loadDecline } from "../../domain/invites/decline.ts"
import type { AppEnv } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { inviteMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { Form } from "../ui/form.tsx"
import { respondWithInvalidLink } from "./invalid-link.tsx"
import { accountName, LinkLayout } from "./layout.tsx"

export const declineRoutes = new Router()

declineRoutes.serve("decline.show", async (c) => {
  const repairedToken = await repairToken(c.var.deps.linkKeys, c.req.param("token"), "decline")
  if (repairedToken) return redirect(c, href("decline.show", { token: repairedToken }))
  const token = c.req.param("token")
  return respondWithDecline(c, token, await loadDecline(c.var.deps, token))
})

declineRoutes.serve("decline.create", async (c) => {
  const token = c.req.param("token")
  const decline = await declineInvite(c.var.deps, token)
  return respondWithDecline(c, token, decline, decline.state === "accepted" ? 409 : undefined)
})

function respondWithDecline(c: Context<AppEnv>, token: string, decline: DeclineState, status?: 409) {
  const { platformName } = c.var.deps.config
  if (decline.state === "invalid") return respondWithInvalidLink(c, token, "decline")
  const defaultStatus = decline.state === "expired" ? 410 : 200
  const t = inviteMessages(c, decline.invite)
  return c.html(<DeclinePage {...{ t, decline, token, platformName }} />, status ?? defaultStatus)
}

type DeclinePageProps = {
  t: Messages
  decline: Exclude<DeclineState, { state: "invalid" }>
  token: string
  platformName: string
}

function DeclinePage({ t, decline, token, platformName }: DeclinePageProps) {
  const { reseller, invite, recipient } = decline
  const sender = senderName(invite, reseller, platformName)
  const isCurrentContact = invite.contactEmail === recipient // if not, the invite now goes to someone else
  switch (decline.state) {
    case "open":
      return (
        <LinkLayout title={t.decline.title} {...{ t, reseller, platformName }}>
          <p class="muted">
            {t.decline.text(
              sender,
              isCurrentContact ? contactLabel(t, invite) : t.decline.someone,
              readableAddress(recipient),
            )}
          </p>
          <Form class="stack" action={href("decline.create", { token })} data-submit-once>
            <button class="button full-width" type="submit">
              {t.decline.submit}
            </button>
          </Form>
        </LinkLayout>
      )
    case "declined":
      return (
        <LinkLayout title={t.decline.doneTitle} {...{ t, reseller, platformName }}>
          <p class="muted">{t.decline.done(sender, readableAddress(recipient))}</p>
        </LinkLayout>
      )
    case "expired":
      return (
        <LinkLayout title={t.decline.expiredTitle} {...{ t, reseller, platformName }}>
          <p class="muted">{t.decline.expired(sender)}</p>
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
