import type { Child } from "hono/jsx"
import { Failure } from "../domain/failure.ts"
import { openRegistration, type Registration, renewLink } from "../domain/registration.ts"
import { maskedEmail } from "../domain/text.ts"
import { factory } from "../http/context.ts"
import { askForPatience } from "../http/failures.ts"
import { redirect } from "../http/htmx.ts"
import { LinkPage, MangledLink, notYet } from "./link-pages.tsx"

export const renewalRoutes = factory.createApp()

renewalRoutes.post("/register/:token/renewal", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const { platformName } = deps.config
  try {
    const { outcome, registration } = await renewLink(deps, token)
    if (outcome === "no_need") return redirect(c, `/register/${token}`) // which says why
    if (outcome === "gets_no_mail") {
      return c.html(<RenewalPage {...{ registration, platformName }} title="No new link now" words={noMail} />, 409)
    }
    return c.html(
      <RenewalPage {...{ registration, platformName }} title="A new link is on its way" words={onItsWay} />,
      202,
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const registration = await openRegistration(deps, token)
    const page = { registration, platformName, title: "No new link now" }
    if (error.reason.kind !== "rate_limited") return c.html(<RenewalPage {...page} words={none} />, 409)
    const wait = askForPatience(c, error.reason.resetAt)
    const words = `${notYet(error.reason.scope, "link")} Another can be sent in ${wait}.`
    return c.html(<RenewalPage {...page} words={() => words} />, 429)
  }
})

type Words = (address: string, reseller: string) => string

const onItsWay: Words = (address, reseller) =>
  `It goes to ${address} in a moment, and links sent before no longer work. If it does not arrive, look among the spam, or ask ${reseller} below.`

const noMail: Words = (address, reseller) =>
  `No mail can be sent to ${address}: it came back, or somebody there asked for none. Ask ${reseller} below.`

const none: Words = (_, reseller) => `None can be sent for this invite. Ask ${reseller} below.`

type Props = { registration: Registration; platformName: string; title: string; words: Words }

function RenewalPage({ registration, platformName, title, words }: Props): Child {
  if (registration.state === "mangled") return <MangledLink brand={platformName} />
  const { invite, reseller } = registration
  return (
    <LinkPage {...{ title, reseller, platformName }}>
      <p class="muted">{words(maskedEmail(invite.contactEmail), reseller.name)}</p>
    </LinkPage>
  )
}
