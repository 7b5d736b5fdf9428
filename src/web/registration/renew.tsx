import type { Child } from "hono/jsx"
import { Failure } from "../../domain/failure.ts"
import { type LinkState, openLink, renewLink } from "../../domain/invites/link-state.ts"
import { redirect } from "../../http/htmx.ts"
import { setRetryAfter } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { maskEmail } from "../../text/sanitize.ts"
import { cooldownMessage, InvalidLinkPage, LinkLayout } from "./layout.tsx"

export const renewalRoutes = new Router()

renewalRoutes.serve("registration.renew", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const { platformName } = deps.config
  try {
    const { outcome, linkState } = await renewLink(deps, token)
    if (outcome === "not_needed") return redirect(c, href("registration.show", { token })) // which says why
    if (outcome === "suppressed") {
      return c.html(
        <RenewalPage {...{ linkState, platformName }} title="No new link now" message={suppressedMessage} />,
        409,
      )
    }
    return c.html(
      <RenewalPage {...{ linkState, platformName }} title="A new link is on its way" message={linkSentMessage} />,
      202,
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const linkState = await openLink(deps, token)
    const page = { linkState, platformName, title: "No new link now" }
    if (error.reason.kind !== "rate_limited") return c.html(<RenewalPage {...page} message={unavailableMessage} />, 409)
    const wait = setRetryAfter(c, error.reason.resetAt)
    const message = `${cooldownMessage(error.reason.scope, "link")} Another can be sent in ${wait}.`
    return c.html(<RenewalPage {...page} message={() => message} />, 429)
  }
})

type MessageTemplate = (address: string, reseller: string) => string

const linkSentMessage: MessageTemplate = (address, reseller) =>
  `It goes to ${address} in a moment, and links sent before no longer work. If it does not arrive, look among the spam, or ask ${reseller} below.`

const suppressedMessage: MessageTemplate = (address, reseller) =>
  `No mail can be sent to ${address}: it came back, or somebody there asked for none. Ask ${reseller} below.`

const unavailableMessage: MessageTemplate = (_, reseller) => `None can be sent for this invite. Ask ${reseller} below.`

type RenewalPageProps = { linkState: LinkState; platformName: string; title: string; message: MessageTemplate }

function RenewalPage({ linkState, platformName, title, message }: RenewalPageProps): Child {
  if (linkState.state === "invalid") return <InvalidLinkPage brand={platformName} />
  const { invite, reseller } = linkState
  return (
    <LinkLayout {...{ title, reseller, platformName }}>
      <p class="muted">{message(maskEmail(invite.contactEmail), reseller.name)}</p>
    </LinkLayout>
  )
}
