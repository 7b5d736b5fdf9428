import type { Child } from "hono/jsx"
import type { LimitScope } from "../domain/failure.ts"
import { readablePhone } from "../domain/phone.ts"
import type { Invite, Reseller } from "../storage/schema.ts"
import { NarrowPage } from "./layout.tsx"

/** A link that we did not sign as it stands. */
export function MangledLink({ brand }: { brand: string }) {
  return (
    <NarrowPage title="Broken link" brand={brand}>
      <h1>This link is not complete</h1>
      <p class="muted">
        Mail programs sometimes cut or wrap long links. Go back to the e-mail, copy the whole link from “https” to its
        last character, and paste it into the address bar.
      </p>
      <p class="muted">If it still does not work, reply to the e-mail and ask for a new invite.</p>
    </NarrowPage>
  )
}

/** Whose account an invite leads into. */
export const accountOf = ({ kind, companyName }: Invite, reseller: Reseller) =>
  kind === "staff" ? reseller.name : companyName

/** What an invite is for, as a heading. */
export function purposeOf(invite: Invite, reseller: Reseller): string {
  return `${invite.kind === "customer" ? "Set up" : "Join"} ${accountOf(invite, reseller)}`
}

/** What was done with an invite, after "you" or "somebody". */
export function joinedBy(invite: Invite, reseller: Reseller): string {
  return `${invite.kind === "customer" ? "set up" : "joined"} ${accountOf(invite, reseller)}`
}

type LinkPageProps = { title: string; reseller: Reseller; platformName: string; children: Child }

/** A page of somebody who came by a link: the reseller's name on top, whom to ask below. */
export function LinkPage({ title, reseller, platformName, children }: LinkPageProps) {
  return (
    <NarrowPage title={title} brand={reseller} foot={<Foot reseller={reseller} platformName={platformName} />}>
      <h1>{title}</h1>
      {children}
    </NarrowPage>
  )
}

/** One button: a new link goes to the address on record, whoever presses it. */
export function RenewalForm({ action, isSecondary }: { action: string; isSecondary?: boolean }) {
  return (
    <form method="post" action={`${action}/renewal`} data-submit-once>
      <button class={isSecondary ? "button secondary full-width" : "button full-width"} type="submit">
        Send me a new link
      </button>
    </form>
  )
}

/** Why a contact is sent nothing more for now: one was sent of late, or the reseller sends no more mail this hour. */
export function notYet(scope: LimitScope, what: "code" | "link"): string {
  if (scope === "email_hourly_limit") return `No ${what} can be sent right now.`
  return `A ${what} was sent not long ago: look in the mailbox first.`
}

/** Whom to ask at the reseller: name, address, phone. */
export function Support({ reseller }: { reseller: Reseller }) {
  const { name, supportName, supportEmail, supportPhone } = reseller
  return (
    <>
      {supportName ?? name}: <a href={`mailto:${supportEmail}`}>{supportEmail}</a>
      {supportPhone && (
        <>
          {" · "}
          <a href={`tel:${supportPhone}`}>{readablePhone(supportPhone)}</a>
        </>
      )}
    </>
  )
}

function Foot({ reseller, platformName }: { reseller: Reseller; platformName: string }) {
  return (
    <>
      <p>
        Questions? <Support reseller={reseller} />
      </p>
      <p>Powered by {platformName}</p>
    </>
  )
}
