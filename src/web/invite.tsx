import { may } from "../domain/actor.ts"
import { SENDABLE } from "../domain/invite-sending.ts"
import { inviteWithTimeline, statusNow } from "../domain/invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory } from "../http/context.ts"
import { wantsFragment } from "../http/htmx.ts"
import type { Invite } from "../storage/schema.ts"
import { Deed } from "./deeds.tsx"
import { InviteActions, InviteRow, isCorrectable } from "./invite-row.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"
import { When } from "./when.tsx"

export const oneInviteRoutes = factory.createApp()

oneInviteRoutes.get("/customers/invites/:id", async (c) => {
  const { staff, deps } = c.var
  const { invite, timeline } = await inviteWithTimeline(deps, staff, c.req.param("id"))
  if (wantsFragment(c)) {
    return c.html(<InviteRow {...{ invite, staff, deps }} poll={Number(c.req.query("poll")) || 0} />)
  }
  const now = deps.now()
  const told = NOTICES.find(([asked]) => c.req.query(asked) !== undefined)?.[1]
  return c.html(
    <StaffPage
      staff={staff}
      section="Customers"
      title={invite.companyName}
      notice={told && <NoticeCard tone="good">{told}</NoticeCard>}
    >
      <p>
        <a href="/customers/invites">← Invites</a>
      </p>
      <section class="card" aria-label="Invite">
        <div class="head">
          <div>
            <StateBadge invite={invite} now={now} /> <StateLine invite={invite} now={now} />
          </div>
          <div class="actions buttons">
            <InviteActions {...{ invite, staff, deps }} />
            {may(staff, "invites:write") && <MoreActions invite={invite} now={now} />}
          </div>
        </div>
        <dl class="facts">
          <dt>Contact</dt>
          <dd>
            {invite.contactName}, {invite.contactEmail}
          </dd>
          {may(staff, "billing:read") && (
            <>
              <dt>Billing account</dt>
              <dd>
                {invite.billingEmail}, {readablePhone(invite.billingPhone)}
              </dd>
            </>
          )}
          <dt>Link works for</dt>
          <dd>{invite.lifetimeDays === 1 ? "1 day" : `${invite.lifetimeDays} days`}</dd>
          <dt>Invited</dt>
          <dd>
            <When at={invite.createdAt} now={now} />
          </dd>
          {invite.note && (
            <>
              <dt>Note</dt>
              <dd class="lines-kept">{invite.note}</dd>
            </>
          )}
        </dl>
      </section>
      <section class="card" aria-labelledby="timeline">
        <div class="head">
          <h2 id="timeline">What happened</h2>
          <a href={`/settings/activity?invite=${invite.id}`}>All activity</a>
        </div>
        <ul class="timeline">
          {timeline.map((entry) => (
            <Deed entry={entry} now={now} />
          ))}
        </ul>
      </section>
    </StaffPage>,
  )
})

const NOTICES = [
  ["made", "The invite is made, and no e-mail was sent. Copy its link, and hand it over."],
  ["corrected", "Saved. Links stay as they are."],
  ["readdressed", "Saved. Links copied before no longer work: copy a new one."],
  ["unchanged", "Nothing was changed, and nothing was sent."],
] as const

/** What there is room for on the invite's own page. */
function MoreActions({ invite, now }: { invite: Invite; now: Date }) {
  const status = statusNow(invite, now)
  return (
    <>
      {status === "pending" && (
        <form method="post" action={`/customers/invites/${invite.id}/links`}>
          <button class="link" type="submit">
            Copy link
          </button>
        </form>
      )}
      {SENDABLE.includes(status) && !isCorrectable(invite, now) && (
        <a href={`/customers/invites/${invite.id}/correction`}>Correct</a>
      )}
    </>
  )
}
