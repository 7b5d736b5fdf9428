import { can, ROLE_NAMES } from "../../domain/access/permissions.ts"
import { getInviteWithTimeline } from "../../domain/invites/find.ts"
import type { AccountActor } from "../../domain/invites/person-create.ts"
import { currentStatus, needsNewEmail, RESENDABLE_STATUSES } from "../../domain/invites/status.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import { localeName } from "../../text/locales.ts"
import { formatPhone } from "../../text/phone.ts"
import { flashMessage } from "../ui/flash.tsx"
import { AccountForms, Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { INVITE_FLASHES } from "./actions.tsx"
import { InviteActions, InviteListItem } from "./row.tsx"
import { actorIn, audienceIn, invitePath, inviteTitle, type Section, SectionPage } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

/** The page of one invite: its status, actions, details and timeline. */
export function showInviteRoutes(section: Section) {
  return new Router().serve(`${section.invites}.show`, async (c) => {
    const { deps } = c.var
    const actor = actorIn(c, section)
    const audience = audienceIn(c, section)
    const { invite, timeline } = await getInviteWithTimeline(deps, audience, c.req.param("id"))
    if (isFragmentRequest(c)) {
      const poll = Number(c.req.query("poll")) || 0
      return c.html(
        <AccountForms actor={actor}>
          <InviteListItem {...{ invite, actor, deps, poll }} />
        </AccountForms>,
      )
    }
    const now = deps.now()
    const message =
      EDIT_FLASHES.find(([key]) => c.req.query(key) !== undefined)?.[1] ??
      flashMessage(INVITE_FLASHES, c.req.query("done"))
    const flash = message && <Flash tone="success">{message}</Flash>
    return c.html(
      <SectionPage {...{ actor, section, flash }} title={inviteTitle(invite)}>
        <p>
          <a href={href(section.list)}>← {section.name}</a>
        </p>
        <section class="card" aria-label="Invite">
          <div class="card-header">
            <div>
              <StatusBadge invite={invite} now={now} /> <StatusLine invite={invite} now={now} />
            </div>
            <div class="actions buttons">
              {invite.kind === "customer" && invite.customerId ? (
                <a href={href("customers.show", { id: invite.customerId })}>Open customer</a>
              ) : (
                can(actor, audience.write) && (
                  <>
                    <InviteActions {...{ invite, deps }} />
                    <SecondaryActions invite={invite} now={now} />
                  </>
                )
              )}
            </div>
          </div>
          <InviteDetails {...{ invite, actor, now }} />
        </section>
        <section class="card" aria-labelledby="timeline">
          <div class="card-header">
            <h2 id="timeline">What happened</h2>
            {actor.kind === "staff" && (
              <a href={href("settings.activity.list", {}, { invite: invite.id })}>All activity</a>
            )}
          </div>
          <ul class="timeline">
            {timeline.map((entry) => (
              <TimelineEntry entry={entry} now={now} />
            ))}
          </ul>
        </section>
      </SectionPage>,
    )
  })
}

const EDIT_FLASHES = [
  ["made", "The invite is made, and no e-mail was sent. Copy its link, and hand it over."],
  ["corrected", "Saved. Links stay as they are."],
  ["readdressed", "Saved. Links copied before no longer work: copy a new one."],
  ["unchanged", "Nothing was changed, and nothing was sent."],
] as const

function InviteDetails({ invite, actor, now }: { invite: Invite; actor: AccountActor; now: Date }) {
  return (
    <dl class="description-list">
      <dt>{invite.kind === "customer" ? "Contact" : "Address"}</dt>
      <dd>
        {invite.kind === "customer" && `${invite.contactName}, `}
        {invite.contactEmail}
      </dd>
      {invite.role && (
        <>
          <dt>Role</dt>
          <dd>{ROLE_NAMES[invite.role]}</dd>
        </>
      )}
      {invite.billingPhone && can(actor, "billing:read") && (
        <>
          <dt>Billing account</dt>
          <dd>
            {invite.billingEmail}, {formatPhone(invite.billingPhone)}
          </dd>
        </>
      )}
      <dt>Language</dt>
      <dd lang={invite.locale}>{localeName(invite.locale)}</dd>
      <dt>Link works for</dt>
      <dd>{invite.expiresInDays === 1 ? "1 day" : `${invite.expiresInDays} days`}</dd>
      <dt>Invited</dt>
      <dd>
        <RelativeTime at={invite.createdAt} now={now} />
      </dd>
      {invite.note && (
        <>
          <dt>Note</dt>
          <dd class="pre-line">{invite.note}</dd>
        </>
      )}
    </dl>
  )
}

/** Actions that only the invite's own page has room for. */
function SecondaryActions({ invite, now }: { invite: Invite; now: Date }) {
  const status = currentStatus(invite, now)
  return (
    <>
      {status === "pending" && (
        <Form action={invitePath(invite, "issueLink")}>
          <button class="link" type="submit">
            Copy link
          </button>
        </Form>
      )}
      {RESENDABLE_STATUSES.includes(status) && !needsNewEmail(invite, now) && (
        <a href={invitePath(invite, "edit")}>Correct</a>
      )}
    </>
  )
}
