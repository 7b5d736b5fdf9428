import type { Child } from "hono/jsx"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { type CopyLink, issueCopyLink } from "../../domain/invites/copy-link.ts"
import { CODE_TTL_MINUTES } from "../../domain/invites/email-codes.ts"
import { getInvite } from "../../domain/invites/find.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { noReferrer } from "../../http/security.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { CopyButton } from "../ui/copy-button.tsx"
import { fragment } from "../ui/form.tsx"
import { ExpiryTime } from "../ui/time.tsx"
import { actorIn, inviteContextIn, invitePath, inviteTitle, messagesOf, type Section, SectionPage } from "./section.tsx"

/** Shows the registration link of one invite, for staff to pass on. */
export function copyLinkRoutes(section: Section) {
  return (
    new Router()
      .serve(`${section.invites}.issueLink`, noReferrer, async (c) => {
        const link = await issueCopyLink(c.var.deps, inviteContextIn(c, section), c.req.param("id"))
        const props = { actor: actorIn(c, section), section, link, now: c.var.deps.now() }
        if (isFragmentRequest(c)) return fragment(c, props.actor, <CopyLinkFields {...props} />, 201)
        return c.html(<CopyLinkPage {...props} />, 201)
      })
      // Someone reloaded or bookmarked the page that the POST returned.
      .serve(`${section.invites}.links`, async (c) => {
        return redirect(c, invitePath(await getInvite(c.var.deps, inviteContextIn(c, section), c.req.param("id"))))
      })
  )
}

type CopyLinkPageProps = { actor: AccountActor; section: Section; link: CopyLink; now: Date }

/** The registration link, for pages without script. */
function CopyLinkPage(props: CopyLinkPageProps) {
  const { actor, section, link } = props
  const { invite } = link
  const t = messagesOf(actor)
  return (
    <SectionPage
      {...{ actor, section }}
      title={t.copyLink.title}
      back={<a href={invitePath(invite)}>← {inviteTitle(invite, t)}</a>}
    >
      <section class="card card-body stack" aria-label={t.copyLink.title}>
        <CopyLinkFields {...props} />
        <p>
          <a href={invitePath(invite)}>{t.copyLink.done}</a>
        </p>
      </section>
    </SectionPage>
  )
}

/** The registration link, what it is good for, and the button that copies it. */
function CopyLinkFields({ actor, link: { invite, url }, now }: CopyLinkPageProps) {
  const t = messagesOf(actor)
  const { kind, contactName, contactEmail, companyName, expiresAt } = invite
  const contact = kind === "customer" ? t.phrases.personOfCompany(contactName, companyName) : contactName
  const expiresOn = <ExpiryTime at={expiresAt} {...{ now, t }} />
  return (
    <>
      <div class="field">
        <label for="registration_url">{t.copyLink.forPerson(contact)}</label>
        <textarea class="mono" id="registration_url" rows={3} readonly aria-describedby="registration_url-hint">
          {url}
        </textarea>
        <p class="help" id="registration_url-hint">
          {t.copyLink.help<Child>(expiresOn, contactName, readableAddress(contactEmail), CODE_TTL_MINUTES)}
        </p>
      </div>
      <div class="buttons">
        <CopyButton of="registration_url" isSecondary t={t} />
      </div>
    </>
  )
}
