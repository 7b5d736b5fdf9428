import type { AccountActor } from "../../domain/invites/audience.ts"
import { type CopyLink, issueCopyLink } from "../../domain/invites/copy-link.ts"
import { CODE_TTL_MINUTES } from "../../domain/invites/email-codes.ts"
import { getInvite } from "../../domain/invites/find.ts"
import { factory } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { noReferrer } from "../../http/security.ts"
import { ShortDate } from "../ui/time.tsx"
import { actorIn, audienceIn, invitePath, inviteTitle, type Section, SectionPage } from "./section.tsx"

/** Shows the registration link of one invite, for staff to pass on. */
export function copyLinkRoutes(section: Section) {
  return (
    factory
      .createApp()
      .post(`${section.path}/:id/links`, noReferrer, async (c) => {
        const link = await issueCopyLink(c.var.deps, audienceIn(c, section), c.req.param("id"))
        return c.html(<CopyLinkPage {...{ actor: actorIn(c, section), section, link }} now={c.var.deps.now()} />, 201)
      })
      // Someone reloaded or bookmarked the page that the POST returned.
      .get(`${section.path}/:id/links`, async (c) => {
        return redirect(c, invitePath(await getInvite(c.var.deps, audienceIn(c, section), c.req.param("id"))))
      })
  )
}

type CopyLinkPageProps = { actor: AccountActor; section: Section; link: CopyLink; now: Date }

/** The registration link. No other page shows it. */
function CopyLinkPage({ actor, section, link: { invite, url }, now }: CopyLinkPageProps) {
  return (
    <SectionPage {...{ actor, section }} title="Registration link">
      <p>
        <a href={invitePath(invite)}>← {inviteTitle(invite)}</a>
      </p>
      <section class="card card-body stack" aria-label="Registration link">
        <div class="field">
          <label for="registration_url">
            For {invite.contactName}
            {invite.kind === "customer" && ` of ${invite.companyName}`}
          </label>
          <textarea class="mono" id="registration_url" rows={4} readonly aria-describedby="registration_url-hint">
            {url}
          </textarea>
          <p class="help" id="registration_url-hint">
            Works until <ShortDate at={invite.expiresAt} now={now} />. Whoever opens it is asked for a code that we mail
            to {invite.contactEmail} and that works for {CODE_TTL_MINUTES} minutes, so it is of use to{" "}
            {invite.contactName} alone. A link that was e-mailed goes on working beside it.
          </p>
        </div>
        <div class="buttons">
          <button type="button" class="button" data-copy="registration_url" hidden>
            Copy
          </button>
          <a href={invitePath(invite)}>Done</a>
        </div>
      </section>
    </SectionPage>
  )
}
