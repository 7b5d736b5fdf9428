import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import { isResendable } from "../../domain/invites/status.ts"
import { BULK_KINDS } from "../../domain/jobs/obstacles.ts"
import { href } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { type Filter, filterQuery } from "./filter.ts"
import { inviteTitle } from "./section.tsx"

/** The form that the checkboxes of rows belong to. It can't contain them, since rows have forms of their own. */
const FORM_ID = "bulk"

type InviteCheckboxProps = { invite: ShownInvite; t: StaffMessages }

/** Selects the invite of a row, unless no action can apply to it. */
export function InviteCheckbox({ invite, t }: InviteCheckboxProps) {
  if (!isResendable(invite)) return null
  return (
    <label>
      <input
        type="checkbox"
        form={FORM_ID}
        name="invite"
        value={invite.id}
        aria-label={t.staff.bulk.select(inviteTitle(invite, t))}
      />
    </label>
  )
}

/** Selects all rows of the page. public/app/selection.js does it. */
export function PageCheckbox({ t }: { t: StaffMessages }) {
  return (
    <label class="scripted">
      <input type="checkbox" data-select-all={FORM_ID} aria-label={t.staff.bulk.selectPage} />
    </label>
  )
}

type BulkBarProps = { filter: Filter; isFiltered: boolean; staff: StaffActor; t: StaffMessages }

/** In place of the header, once something is selected: what can be done with the selected invites, or with all that match. */
export function BulkBar({ filter: { sort, ...filter }, isFiltered, staff, t }: BulkBarProps) {
  const { bulk } = t.staff
  const kinds = BULK_KINDS.filter((kind) => kind !== "move_billing" || can(staff, "billing:write"))
  return (
    <form id={FORM_ID} class="bulk-bar" action={href("customers.invites.jobs.new")} aria-label={bulk.region}>
      {Object.entries(filterQuery(filter)).map(
        ([name, value]) => value !== undefined && <input type="hidden" name={name} value={value} />,
      )}
      <span data-selected={bulk.selected} aria-live="polite" />
      <label class="form-check">
        <input type="checkbox" name="all" value="1" />
        {isFiltered ? bulk.allMatching : bulk.all}
      </label>
      <span class="buttons">
        {kinds.map((kind) => (
          <button class="link" type="submit" name="action" value={kind}>
            {bulk.actions[kind]}
          </button>
        ))}
      </span>
    </form>
  )
}
