import { ROLE_NAMES, STAFF_ROLE_DESCRIPTIONS } from "../../domain/access/permissions.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { ROLES } from "../../domain/invites/fields.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import type { MemberRole } from "../../storage/schema.ts"
import { InviteFieldInput } from "../invites/fields.tsx"

type PersonFieldsProps = { actor: AccountActor; form: FormState; emailHelp: string }

/** The fields of an invite to an existing account: name, email address, role, language and note. */
export function PersonFields({ actor, form, emailHelp }: PersonFieldsProps) {
  return (
    <>
      <div class="form-row">
        <InviteFieldInput form={form} name="contact_name" label="Name" help="" />
        <InviteFieldInput form={form} name="contact_email" label="Email Address" help={emailHelp} />
      </div>
      <RoleRadios {...{ actor, form }} />
      <InviteFieldInput form={form} name="locale" />
      <InviteFieldInput form={form} name="note" />
    </>
  )
}

const MEMBER_ROLE_DESCRIPTIONS: Record<MemberRole, string> = {
  admin: "Invites colleagues and changes who is here.",
  member: "Sees who is in the account.",
}

/** A choice of the roles in the actor's account. */
export function RoleRadios({ actor, form }: Omit<PersonFieldsProps, "emailHelp">) {
  const descriptions: Record<string, string> =
    actor.kind === "staff" ? STAFF_ROLE_DESCRIPTIONS : MEMBER_ROLE_DESCRIPTIONS
  const error = fieldError(form, "role")
  return (
    <fieldset class="radio-group" aria-describedby={error && "role-hint"}>
      <legend>Role</legend>
      {ROLES[actor.kind].map((role) => (
        <div class="form-check">
          <input
            type="radio"
            id={`role-${role}`}
            name="role"
            value={role}
            checked={form.values.role === role}
            aria-describedby={`role-${role}-hint`}
          />
          <div>
            <label for={`role-${role}`}>{ROLE_NAMES[role]}</label>
            <p class="muted" id={`role-${role}-hint`}>
              {descriptions[role]}
            </p>
          </div>
        </div>
      ))}
      {error && (
        <p class="error" id="role-hint">
          {error.detail}
        </p>
      )}
    </fieldset>
  )
}
