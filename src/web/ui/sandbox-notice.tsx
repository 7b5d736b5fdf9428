import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Form } from "./form.tsx"

/** Marks a page of a sandbox for staff, and leads to its mailbox and back to the live reseller. */
export function SandboxNotice({ staff, t }: { staff: StaffActor; t: StaffMessages }) {
  const { notice, mailbox, back } = t.staff.sandbox
  const live = staff.memberships.find(({ id }) => id === staff.reseller.sandboxOf)
  return (
    <div class="notice warning sandbox-notice">
      <p>
        {notice}
        {canOpen(staff, "settings.mailbox.list") && (
          <>
            {" "}
            <a href={href("settings.mailbox.list")}>{mailbox}</a>
          </>
        )}
      </p>
      {live && (
        <Form action={href("account.switch")}>
          <button class="link" type="submit" name="reseller_id" value={live.id}>
            {back(live.name)}
          </button>
        </Form>
      )}
    </div>
  )
}
