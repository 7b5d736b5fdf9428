import { type CopiedLink, copyLink } from "../domain/invite-links.ts"
import { findInvite } from "../domain/invites.ts"
import { CODE_MINUTES } from "../domain/mailbox-codes.ts"
import type { Host } from "../domain/person-invites.ts"
import { factory } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"
import { secretAddress } from "../http/security.ts"
import { hostIn, inviteeOf, invitePath, inviterIn, type Place, PlacePage } from "./places.tsx"
import { Day } from "./when.tsx"

/** Hands out the registration link of one invite. */
export function inviteLinkRoutes(place: Place) {
  return (
    factory
      .createApp()
      .post(`${place.path}/:id/links`, secretAddress, async (c) => {
        const link = await copyLink(c.var.deps, inviterIn(c, place), c.req.param("id"))
        return c.html(<CopiedLinkPage {...{ host: hostIn(c, place), place, link }} now={c.var.deps.now()} />, 201)
      })
      // The address of a page that a form made, asked for by itself.
      .get(`${place.path}/:id/links`, async (c) => {
        return redirect(c, invitePath(await findInvite(c.var.deps, inviterIn(c, place), c.req.param("id"))))
      })
  )
}

type Props = { host: Host; place: Place; link: CopiedLink; now: Date }

/** A registration link to hand over, on no other page and in no list. */
function CopiedLinkPage({ host, place, link: { invite, url }, now }: Props) {
  return (
    <PlacePage {...{ host, place }} title="Registration link">
      <p>
        <a href={invitePath(invite)}>← {inviteeOf(invite)}</a>
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
            Works until <Day at={invite.expiresAt} now={now} />. Whoever opens it is asked for a code that we mail to{" "}
            {invite.contactEmail} and that works for {CODE_MINUTES} minutes, so it is of use to {invite.contactName}{" "}
            alone. A link that was e-mailed goes on working beside it.
          </p>
        </div>
        <div class="buttons">
          <button type="button" class="button" data-copy="registration_url" hidden>
            Copy
          </button>
          <a href={invitePath(invite)}>Done</a>
        </div>
      </section>
    </PlacePage>
  )
}
