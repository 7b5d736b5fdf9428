import { roleName } from "../../domain/access/permissions.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { NOTE_MAX, ROLES } from "../../domain/invites/fields.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { messagesOf } from "../invites/section.tsx"
import { InviteFieldInput } from "../invites/section-fields.tsx"

type PersonFieldsProps = {
  actor: AccountActor
  form: FormState
  emailHelp: string
  /** A field that stands elsewhere. */
  except?: "contact_email" | undefined
}

/** The fields of an invite to an existing account: name, email address, role, language and note. */
export function PersonFields({ actor, form, emailHelp, except }: PersonFieldsProps) {
  const t = messagesOf(actor)
  const { inviteForm } = t
  return (
    <>
      <div class="form-row">
        <InviteFieldInput form={form} name="contact_name" label={inviteForm.name} help="" />
        {!except && <InviteFieldInput form={form} name="contact_email" label={inviteForm.email} help={emailHelp} />}
      </div>
      <RoleRadios {...{ actor, form }} />
      <InviteFieldInput form={form} name="locale" label={inviteForm.language} help={inviteForm.languageHelp} />
      <InviteFieldInput form={form} name="note" label={inviteForm.note} help={inviteForm.noteHelp(NOTE_MAX)} />
    </>
  )
}

/** Radio buttons for the roles in the actor's account. */
export function RoleRadios({ actor, form }: Pick<PersonFieldsProps, "actor" | "form">) {
  const t = messagesOf(actor)
  const descriptions: Record<string, string> =
    actor.kind === "staff" ? staffWordsOf(t).roleDescriptions : t.memberRoleDescriptions
  const error = fieldError(form, "role")
  return (
    <fieldset class="radio-group" aria-describedby={error && "role-hint"}>
      <legend>{t.inviteForm.role}</legend>
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
            <label for={`role-${role}`}>{roleName(t, role)}</label>
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
