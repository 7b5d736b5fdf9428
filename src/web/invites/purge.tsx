import { can } from "../../domain/access/permissions.ts"
import type { InviteContext } from "../../domain/invites/audience.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import { purgeInvite, purgePermission } from "../../domain/privacy/purge-invites.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import type { Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { flash } from "../ui/flash.tsx"
import { ActionForm } from "../ui/form.tsx"
import { inviteContextIn, invitePath, type Section } from "./section.tsx"

/** Deletes the personal data of an ended invite. */
export function purgeInviteRoutes(section: Section) {
  return new Router().serve(`${section.invites}.purge`, async (c) => {
    const id = c.req.param("id")
    await purgeInvite(c.var.deps, inviteContextIn(c, section), id)
    return redirect(c, invitePath({ kind: section.kind, id }, "show", flash("purged")))
  })
}

type PurgeFormProps = { invite: Invite; context: InviteContext; now: Date; t: Messages }

/** A form for those who can delete the personal data of an invite, once it has ended. */
export function PurgeForm({ invite, context, now, t }: PurgeFormProps) {
  const isOpen = currentStatus(invite, now) === "pending"
  if (isOpen || invite.purgedAt || !can(context.actor, purgePermission(context))) return null
  return (
    <ActionForm
      action={invitePath(invite, "purge")}
      title={t.privacy.purgeTitle}
      text={t.privacy.purgeText}
      submit={t.privacy.purge}
      isDangerous
    />
  )
}
