import type { Child } from "hono/jsx"
import type { FieldError } from "../../domain/failure.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import { href, type RouteName } from "../../routes.ts"
import { LOCALES, localeName } from "../../text/locales.ts"
import { Form } from "./form.tsx"

type FieldProps = {
  form: FormState
  name: string
  /** The name, unless another form of the page has a field of that name. */
  id?: string
  label: string
  help?: Child
  type?: "text" | "email" | "tel" | "password" | "number" | "url" | "color" | "datetime-local"
  autocomplete?: string
  required?: boolean
  readonly?: boolean
  /** Whether the page opens with it focused, if no field has an error. */
  autofocus?: boolean | undefined
  min?: number
  max?: number
  inputmode?: "numeric"
  rows?: number
  /** Attributes that public/app reads, to update a preview or to fill in other fields. */
  data?: Record<`data-${string}`, string>
}

/** A labeled input with help below it, or the error if there is one. A browser ignores a line break at the start of a textarea. */
export function Field({
  form,
  name,
  id = name,
  label,
  help,
  type = "text",
  rows,
  data,
  autofocus = false,
  ...input
}: FieldProps) {
  const error = fieldError(form, name)
  const isFirst = error !== undefined && form.errors[0] === error
  const hintId = error || help ? `${id}-hint` : undefined
  const controlProps = {
    id,
    name,
    autofocus: isFirst || (autofocus && form.errors.length === 0),
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-describedby": hintId,
    dir: rows || type === "text" ? ("auto" as const) : undefined,
    ...input,
    ...data,
  }
  const value = type === "password" ? undefined : form.values[name]
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows ? (
        <textarea rows={rows} {...controlProps}>
          {value?.replace(/^(?=[\r\n])/, "\n")}
        </textarea>
      ) : (
        <input type={type} value={value} {...controlProps} />
      )}
      {error ? (
        <p class="error" id={hintId}>
          {error.detail} {error.link && <ErrorLink link={error.link} label={error.linkLabel} />}
        </p>
      ) : (
        help && (
          <p class="help" id={hintId}>
            {help}
          </p>
        )
      )}
    </div>
  )
}

type SelectProps = { name: string; label: string; help?: Child; error?: FieldError | undefined; children: Child }

/** A labeled select; `children` are its options. */
export function Select({ name, label, help, error, children }: SelectProps) {
  const hintId = error || help ? `${name}-hint` : undefined
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name} aria-invalid={error ? "true" : undefined} aria-describedby={hintId}>
        {children}
      </select>
      {hintId && (
        <p class={error ? "error" : "help"} id={hintId}>
          {error ? error.detail : help}
        </p>
      )}
    </div>
  )
}

type CheckboxProps = { id: string; name: string; isChecked: boolean; label: Child; help?: Child; value?: string }

/** A checkbox with label and help. Its value defaults to its id. */
export function Checkbox({ id, name, isChecked, label, help, value = id }: CheckboxProps) {
  const hintId = help ? `${id}-hint` : undefined
  return (
    <div class="form-check">
      <input type="checkbox" id={id} name={name} value={value} checked={isChecked} aria-describedby={hintId} />
      <div>
        <label for={id}>{label}</label>
        {help && (
          <p class="muted" id={hintId}>
            {help}
          </p>
        )}
      </div>
    </div>
  )
}

type Link = NonNullable<FieldError["link"]>

const ERROR_LINKS = {
  invite: "customers.invites.show",
  staff_invite: "staff.invites.show",
  member_invite: "account.invites.show",
  customer: "customers.show",
  staff: "staff.people.show",
  member: "account.people.show",
} as const satisfies Record<Link["kind"], RouteName>

function ErrorLink({ link: { kind, id }, label }: { link: Link; label: string | undefined }) {
  return <a href={href(ERROR_LINKS[kind], { id })}>{label}</a>
}

type PostButtonProps = { path: string; label: string; objectName?: string; confirm?: string }

/** A link-like button that posts. Screen readers also read `objectName`; `confirm` is a question that htmx asks first. */
export function PostButton({ path, label, objectName, confirm }: PostButtonProps) {
  return (
    <Form action={path} htmx hx-swap="none" hx-confirm={confirm}>
      <button class="link" type="submit">
        {label}
        {objectName && <span class="visually-hidden"> {objectName}</span>}
      </button>
    </Form>
  )
}

/** The button that saves a form. */
export const SaveButton = ({ label }: { label: string }) => (
  <div class="buttons">
    <button class="button" type="submit">
      {label}
    </button>
  </div>
)

type LanguageSelectProps = { form: FormState; label: string; help: Child }

/** A select for the language of emails. */
export function LanguageSelect({ form, label, help }: LanguageSelectProps) {
  return (
    <Select name="locale" label={label} help={help} error={fieldError(form, "locale")}>
      {LOCALES.map((locale) => (
        <option value={locale} lang={locale} selected={form.values.locale === locale}>
          {localeName(locale)}
        </option>
      ))}
    </Select>
  )
}
