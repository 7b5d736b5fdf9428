import type { Child } from "hono/jsx"
import type { RateLimit } from "../../domain/failure.ts"
import { href } from "../../routes.ts"
import type { Invite, Reseller } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { Form } from "../ui/form.tsx"
import { GuestPage } from "../ui/layout.tsx"

/** A link that we did not sign as it stands. */
export function InvalidLinkPage({ brand }: { brand: string }) {
  return (
    <GuestPage title="Broken link" brand={brand}>
      <h1>This link is not complete</h1>
      <p class="muted">
        Mail programs sometimes cut or wrap long links. Go back to the e-mail, copy the whole link from “https” to its
        last character, and paste it into the address bar.
      </p>
      <p class="muted">If it still does not work, reply to the e-mail and ask for a new invite.</p>
    </GuestPage>
  )
}

/** Whose account an invite leads into. */
export const accountName = ({ kind, companyName }: Invite, reseller: Reseller) =>
  kind === "staff" ? reseller.name : companyName

/** What an invite is for, as a heading. */
export function inviteHeading(invite: Invite, reseller: Reseller): string {
  return `${invite.kind === "customer" ? "Set up" : "Join"} ${accountName(invite, reseller)}`
}

/** What was done with an invite, after "you" or "somebody". */
export function joinedPhrase(invite: Invite, reseller: Reseller): string {
  return `${invite.kind === "customer" ? "set up" : "joined"} ${accountName(invite, reseller)}`
}

type LinkLayoutProps = { title: string; reseller: Reseller; platformName: string; children: Child }

/** A page of somebody who came by a link: the reseller's name on top, whom to ask below. */
export function LinkLayout({ title, reseller, platformName, children }: LinkLayoutProps) {
  return (
    <GuestPage title={title} brand={reseller} footer={<LinkFooter reseller={reseller} platformName={platformName} />}>
      <h1>{title}</h1>
      {children}
    </GuestPage>
  )
}

/** One button: a new link goes to the address on record, whoever presses it. */
export function RenewalForm({ token, isSecondary }: { token: string; isSecondary?: boolean }) {
  return (
    <Form action={href("registration.renew", { token })} data-submit-once>
      <button class={isSecondary ? "button secondary full-width" : "button full-width"} type="submit">
        Send me a new link
      </button>
    </Form>
  )
}

/** Why a contact is sent nothing more for now: one was sent of late, or the reseller sends no more mail this hour. */
export function cooldownMessage(scope: RateLimit, item: "code" | "link"): string {
  if (scope === "email_hourly_limit") return `No ${item} can be sent right now.`
  return `A ${item} was sent not long ago: look in the mailbox first.`
}

/** Whom to ask at the reseller: name, address, phone. */
export function SupportContact({ reseller }: { reseller: Reseller }) {
  const { name, supportName, supportEmail, supportPhone } = reseller
  return (
    <>
      {supportName ?? name}: <a href={`mailto:${supportEmail}`}>{supportEmail}</a>
      {supportPhone && (
        <>
          {" · "}
          <a href={`tel:${supportPhone}`}>{formatPhone(supportPhone)}</a>
        </>
      )}
    </>
  )
}

function LinkFooter({ reseller, platformName }: { reseller: Reseller; platformName: string }) {
  return (
    <>
      <p>
        Questions? <SupportContact reseller={reseller} />
      </p>
      <p>Powered by {platformName}</p>
    </>
  )
}
