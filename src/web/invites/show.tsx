import { can } from "../../domain/access/permissions.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { formatField } from "../../domain/invites/field-values.ts"
import { FIELD_LIST, INVITE_FIELDS, type InviteField, type InviteFieldName } from "../../domain/invites/fields.ts"
import { getInviteWithTimeline } from "../../domain/invites/find.ts"
import { currentStatus, needsNewEmail, RESENDABLE_STATUSES } from "../../domain/invites/status.ts"
import { factory } from "../../http/context.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import type { Invite } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { flashMessage } from "../ui/flash.tsx"
import { Flash } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { INVITE_FLASHES } from "./actions.tsx"
import { InviteActions, InviteListItem } from "./row.tsx"
import { actorIn, audienceIn, invitePath, inviteTitle, type Section, SectionPage } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

/** The page of one invite: its status, actions, details and timeline. */
export function showInviteRoutes(section: Section) {
  return factory.createApp().get(`${section.path}/:id`, async (c) => {
    const { deps } = c.var
    const actor = actorIn(c, section)
    const audience = audienceIn(c, section)
    const { invite, timeline } = await getInviteWithTimeline(deps, audience, c.req.param("id"))
    if (isFragmentRequest(c)) {
      return c.html(<InviteListItem {...{ invite, actor, deps }} poll={Number(c.req.query("poll")) || 0} />)
    }
    const now = deps.now()
    const message =
      EDIT_FLASHES.find(([key]) => c.req.query(key) !== undefined)?.[1] ??
      flashMessage(INVITE_FLASHES, c.req.query("done"))
    const flash = message && <Flash tone="success">{message}</Flash>
    return c.html(
      <SectionPage {...{ actor, section, flash }} title={inviteTitle(invite)}>
        <p>
          <a href={section.list}>← {section.name}</a>
        </p>
        <section class="card" aria-label="Invite">
          <div class="card-header">
            <div>
              <StatusBadge invite={invite} now={now} /> <StatusLine invite={invite} now={now} />
            </div>
            <div class="actions buttons">
              {invite.kind === "customer" && invite.customerId ? (
                <a href={`/customers/${invite.customerId}`}>Open customer</a>
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
            {actor.kind === "staff" && <a href={`/settings/activity?invite=${invite.id}`}>All activity</a>}
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

type InviteDetailsProps = { invite: Invite; actor: AccountActor; now: Date }

function InviteDetails({ invite, actor, now }: InviteDetailsProps) {
  return (
    <dl class="description-list">
      <dt>{invite.kind === "customer" ? "Contact" : "Address"}</dt>
      <dd>
        {invite.kind === "customer" && `${invite.contactName}, `}
        {invite.contactEmail}
      </dd>
      {invite.billingPhone && can(actor, "billing:read") && (
        <>
          <dt>Billing account</dt>
          <dd>
            {invite.billingEmail}, {formatPhone(invite.billingPhone)}
          </dd>
        </>
      )}
      {FIELD_LIST.map(([name]) => (
        <FieldDetail {...{ name, invite, actor }} />
      ))}
      <dt>Link works for</dt>
      <dd>{formatField("expires_in_days", invite)}</dd>
      <dt>Invited</dt>
      <dd>
        <RelativeTime at={invite.createdAt} now={now} />
      </dd>
    </dl>
  )
}

/** Fields that the page shows in words of its own, in its title or above. */
const SPECIAL_FIELDS: InviteFieldName[] = [
  ...(["company_name", "contact_name", "contact_email", "billing_email", "billing_phone"] as const),
  "expires_in_days",
]

type FieldDetailProps = Pick<InviteDetailsProps, "invite" | "actor"> & { name: InviteFieldName }

/** A field of the invite, if it has a value that the person may see. */
function FieldDetail({ name, invite, actor }: FieldDetailProps) {
  const { label, input, permission }: InviteField = INVITE_FIELDS[name]
  const value = formatField(name, invite)
  if (SPECIAL_FIELDS.includes(name) || !value || (permission && !can(actor, permission))) return null
  return (
    <>
      <dt>{label}</dt>
      <dd class={input === "textarea" ? "pre-line" : undefined} lang={input === "language" ? invite.locale : undefined}>
        {value}
      </dd>
    </>
  )
}

/** Actions that only the invite's own page has room for. */
function SecondaryActions({ invite, now }: { invite: Invite; now: Date }) {
  const status = currentStatus(invite, now)
  return (
    <>
      {status === "pending" && (
        <form method="post" action={`${invitePath(invite)}/links`}>
          <button class="link" type="submit">
            Copy link
          </button>
        </form>
      )}
      {RESENDABLE_STATUSES.includes(status) && !needsNewEmail(invite, now) && (
        <a href={`${invitePath(invite)}/correction`}>Correct</a>
      )}
    </>
  )
}
