import { getInviteEmailData } from "../../domain/invites/email-data.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import { renderInvite, renderReminder, sampleLinks } from "../../emails/render-invite.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { AuditEntry, Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { respondWithEmail } from "./email-document.tsx"
import { actorIn, inviteContextIn, messagesOf, SECTIONS, type Section } from "./section.tsx"

const RENDERERS = { invite: renderInvite, reminder: renderReminder }
type EmailKind = keyof typeof RENDERERS

const isEmailKind = (kind: string): kind is EmailKind => Object.hasOwn(RENDERERS, kind)

/** The emails of an invite as its contact gets them, with sample links. */
export function inviteEmailRoutes(section: Section) {
  return new Router().serve(`${section.invites}.email`, async (c) => {
    const { deps } = c.var
    const { id, kind } = c.req.param()
    const actor = actorIn(c, section)
    const { invite, inviterName } = await getInviteEmailData(deps, inviteContextIn(c, section), id)
    if (!isEmailKind(kind)) return c.notFound()
    const { reseller } = actor
    const content = RENDERERS[kind](deps, { invite, reseller, inviterName }, sampleLinks(deps))
    const from = { name: reseller.name, email: deps.config.mailFrom }
    return respondWithEmail(c, { from, to: invite.contactEmail, ...content }, messagesOf(actor).preview)
  })
}

/** The emails that were sent or will be, each in a frame that is loaded once it is opened. */
export function InviteEmails({ invite, timeline, now, t }: InviteEmailsProps) {
  const kinds = emailKinds(invite, timeline, now)
  if (kinds.length === 0) return null
  return (
    <section class="card" aria-labelledby="emails">
      <div class="card-header">
        <h2 id="emails">{t.preview.emails}</h2>
      </div>
      {kinds.map((kind) => (
        <details class="sent-email">
          <summary>{t.preview.kinds[kind]}</summary>
          <iframe
            class="mail"
            title={t.preview.kinds[kind]}
            src={href(`${SECTIONS[invite.kind].invites}.email`, { id: invite.id, kind })}
            loading="lazy"
            sandbox=""
          />
        </details>
      ))}
    </section>
  )
}

type InviteEmailsProps = { invite: Invite; timeline: Pick<AuditEntry, "action">[]; now: Date; t: Messages }

function emailKinds(invite: Invite, timeline: InviteEmailsProps["timeline"], now: Date): EmailKind[] {
  if (invite.purgedAt) return []
  const isReminded = timeline.some(({ action }) => action === "invite.reminded")
  const isReminderDue = invite.remindAt !== null && currentStatus(invite, now) === "pending"
  return [
    ...(invite.sendCount > 0 ? (["invite"] as const) : []),
    ...(isReminded || isReminderDue ? (["reminder"] as const) : []),
  ]
}
