import { may, ROLE_NAMES } from "../domain/actor.ts"
import { SENDABLE } from "../domain/invite-sending.ts"
import { inviteWithTimeline, statusNow } from "../domain/invites.ts"
import { LANGUAGE_NAMES } from "../domain/locales.ts"
import type { Host } from "../domain/person-invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory } from "../http/context.ts"
import { wantsFragment } from "../http/htmx.ts"
import type { Invite } from "../storage/schema.ts"
import { Deed } from "./deeds.tsx"
import { INVITE_DEEDS } from "./invite-deeds.tsx"
import { InviteActions, isCorrectable } from "./invite-row.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { RowOf } from "./invited-row.tsx"
import { NoticeCard } from "./layout.tsx"
import { hostIn, inviteeOf, invitePath, inviterIn, type Place, PlacePage } from "./places.tsx"
import { toldOf } from "./told.ts"
import { When } from "./when.tsx"

/** The page of one invite: where it stands, what can be done, and what happened. */
export function oneInviteRoutes(place: Place) {
  return factory.createApp().get(`${place.path}/:id`, async (c) => {
    const { deps } = c.var
    const host = hostIn(c, place)
    const inviter = inviterIn(c, place)
    const { invite, timeline } = await inviteWithTimeline(deps, inviter, c.req.param("id"))
    if (wantsFragment(c)) {
      return c.html(<RowOf {...{ invite, host, deps }} poll={Number(c.req.query("poll")) || 0} />)
    }
    const now = deps.now()
    const told =
      NOTICES.find(([asked]) => c.req.query(asked) !== undefined)?.[1] ?? toldOf(INVITE_DEEDS, c.req.query("done"))
    const notice = told && <NoticeCard tone="success">{told}</NoticeCard>
    return c.html(
      <PlacePage {...{ host, place, notice }} title={inviteeOf(invite)}>
        <p>
          <a href={place.list}>← {place.name}</a>
        </p>
        <section class="card" aria-label="Invite">
          <div class="card-header">
            <div>
              <StateBadge invite={invite} now={now} /> <StateLine invite={invite} now={now} />
            </div>
            <div class="actions buttons">
              {invite.kind === "customer" && invite.customerId ? (
                <a href={`/customers/${invite.customerId}`}>Open customer</a>
              ) : (
                may(host, inviter.write) && (
                  <>
                    <InviteActions {...{ invite, deps }} />
                    <MoreActions invite={invite} now={now} />
                  </>
                )
              )}
            </div>
          </div>
          <Facts {...{ invite, host, now }} />
        </section>
        <section class="card" aria-labelledby="timeline">
          <div class="card-header">
            <h2 id="timeline">What happened</h2>
            {host.kind === "staff" && <a href={`/settings/activity?invite=${invite.id}`}>All activity</a>}
          </div>
          <ul class="timeline">
            {timeline.map((entry) => (
              <Deed entry={entry} now={now} />
            ))}
          </ul>
        </section>
      </PlacePage>,
    )
  })
}

const NOTICES = [
  ["made", "The invite is made, and no e-mail was sent. Copy its link, and hand it over."],
  ["corrected", "Saved. Links stay as they are."],
  ["readdressed", "Saved. Links copied before no longer work: copy a new one."],
  ["unchanged", "Nothing was changed, and nothing was sent."],
] as const

function Facts({ invite, host, now }: { invite: Invite; host: Host; now: Date }) {
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
      {invite.billingPhone && may(host, "billing:read") && (
        <>
          <dt>Billing account</dt>
          <dd>
            {invite.billingEmail}, {readablePhone(invite.billingPhone)}
          </dd>
        </>
      )}
      <dt>Language</dt>
      <dd lang={invite.locale}>{LANGUAGE_NAMES[invite.locale]}</dd>
      <dt>Link works for</dt>
      <dd>{invite.expiresInDays === 1 ? "1 day" : `${invite.expiresInDays} days`}</dd>
      <dt>Invited</dt>
      <dd>
        <When at={invite.createdAt} now={now} />
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

/** What there is room for on the invite's own page. */
function MoreActions({ invite, now }: { invite: Invite; now: Date }) {
  const status = statusNow(invite, now)
  return (
    <>
      {status === "pending" && (
        <form method="post" action={`${invitePath(invite)}/links`}>
          <button class="link" type="submit">
            Copy link
          </button>
        </form>
      )}
      {SENDABLE.includes(status) && !isCorrectable(invite, now) && (
        <a href={`${invitePath(invite)}/correction`}>Correct</a>
      )}
    </>
  )
}
