import type { Child } from "hono/jsx"
import type { FieldError } from "../domain/failure.ts"
import { errorOf, type FormState } from "../http/forms.ts"

type FieldProps = {
  form: FormState
  name: string
  label: string
  help?: Child
  type?: "text" | "email" | "tel" | "password" | "number" | "url" | "color"
  autocomplete?: string
  required?: boolean
  readonly?: boolean
  maxlength?: number
  min?: number
  max?: number
  inputmode?: "numeric"
  rows?: number
  /** What public/app.js does with it: follow into a preview, or fill from a choice. */
  data?: Record<`data-${string}`, string>
}

/** A labelled input: label above, help below, and in its place the error when there is one. */
export function Field({ form, name, label, help, type = "text", rows, data, ...input }: FieldProps) {
  const error = errorOf(form, name)
  const isFirst = error !== undefined && form.errors[0] === error
  const told = error || help ? `${name}-hint` : undefined
  const shared = {
    id: name,
    name,
    autofocus: isFirst,
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-describedby": told,
    ...input,
    ...data,
  }
  const value = type === "password" ? undefined : form.values[name]
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {rows ? (
        <textarea rows={rows} {...shared}>
          {value}
        </textarea>
      ) : (
        <input type={type} value={value} {...shared} />
      )}
      {error ? (
        <p class="error" id={told}>
          {error.detail} {error.link && <ErrorLink {...error.link} />}
        </p>
      ) : (
        help && (
          <p class="help" id={told}>
            {help}
          </p>
        )
      )}
    </div>
  )
}

type SelectProps = { name: string; label: string; help?: Child; error?: FieldError | undefined; children: Child }

/** A labelled choice; `children` are its options. */
export function Select({ name, label, help, error, children }: SelectProps) {
  const told = error || help ? `${name}-hint` : undefined
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name} aria-invalid={error ? "true" : undefined} aria-describedby={told}>
        {children}
      </select>
      {told && (
        <p class={error ? "error" : "help"} id={told}>
          {error ? error.detail : help}
        </p>
      )}
    </div>
  )
}

type CheckboxProps = { id: string; name: string; isOn: boolean; label: Child; help?: Child; value?: string }

/** A box to tick, its label beside it and help below; the value is its id unless said. */
export function Checkbox({ id, name, isOn, label, help, value = id }: CheckboxProps) {
  const told = help ? `${id}-hint` : undefined
  return (
    <div class="form-check">
      <input type="checkbox" id={id} name={name} value={value} checked={isOn} aria-describedby={told} />
      <div>
        <label for={id}>{label}</label>
        {help && (
          <p class="muted" id={told}>
            {help}
          </p>
        )}
      </div>
    </div>
  )
}

type Link = NonNullable<FieldError["link"]>

const LINKS: Record<Link["kind"], [path: string, words: string]> = {
  invite: ["/customers/invites", "Open the invite"],
  staff_invite: ["/settings/staff/invites", "Open the invite"],
  member_invite: ["/account/invites", "Open the invite"],
  customer: ["/customers", "Open the customer"],
  staff: ["/settings/staff/people", "Show who it is"],
  member: ["/account/people", "Show who it is"],
}

function ErrorLink({ kind, id }: Link) {
  const [path, words] = LINKS[kind]
  return <a href={`${path}/${id}`}>{words}</a>
}

type ActionProps = { path: string; label: string; about?: string; confirm?: string }

/** One deed as a link-like button; `about` names its object to screen readers, `confirm` is asked first with script. */
export function Action({ path, label, about, confirm }: ActionProps) {
  return (
    <form method="post" action={path} hx-post={path} hx-swap="none" hx-confirm={confirm}>
      <button class="link" type="submit">
        {label}
        {about && <span class="visually-hidden"> {about}</span>}
      </button>
    </form>
  )
}
