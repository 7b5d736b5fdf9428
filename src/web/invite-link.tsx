import type { StaffActor } from "../domain/actor.ts"
import { type CopiedLink, copyLink } from "../domain/invite-links.ts"
import { findInvite } from "../domain/invites.ts"
import { CODE_MINUTES } from "../domain/mailbox-codes.ts"
import { factory } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"
import { secretAddress } from "../http/security.ts"
import { StaffPage } from "./layout.tsx"
import { Day } from "./when.tsx"

export const inviteLinkRoutes = factory.createApp()

inviteLinkRoutes.post("/customers/invites/:id/links", secretAddress, async (c) => {
  const { staff, deps } = c.var
  const link = await copyLink(deps, staff, c.req.param("id"))
  return c.html(<CopiedLinkPage {...{ staff, link }} now={deps.now()} />, 201)
})

// The address of a page that a form made, asked for by itself.
inviteLinkRoutes.get("/customers/invites/:id/links", async (c) => {
  const { id } = await findInvite(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, `/customers/invites/${id}`)
})

type Props = { staff: StaffActor; link: CopiedLink; now: Date }

/** A registration link to hand over, on no other page and in no list. */
function CopiedLinkPage({ staff, link: { invite, url }, now }: Props) {
  return (
    <StaffPage staff={staff} section="Customers" title="Registration link">
      <p>
        <a href={`/customers/invites/${invite.id}`}>← {invite.companyName}</a>
      </p>
      <section class="card pad stack" aria-label="Registration link">
        <div class="field">
          <label for="registration_url">
            For {invite.contactName} of {invite.companyName}
          </label>
          <textarea class="secret" id="registration_url" rows={4} readonly aria-describedby="registration_url-told">
            {url}
          </textarea>
          <p class="help" id="registration_url-told">
            Works until <Day at={invite.expiresAt} now={now} />. Whoever opens it is asked for a code that we mail to{" "}
            {invite.contactEmail} and that works for {CODE_MINUTES} minutes, so it is of use to {invite.contactName}{" "}
            alone. A link that was e-mailed goes on working beside it.
          </p>
        </div>
        <div class="buttons">
          <button type="button" class="button" data-copy="registration_url" hidden>
            Copy
          </button>
          <a href={`/customers/invites/${invite.id}`}>Done</a>
        </div>
      </section>
    </StaffPage>
  )
}
