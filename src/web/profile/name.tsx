import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Field, SaveButton } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"

export function NameCard({ t, userId, form }: { t: Messages; userId: string; form: FormState }) {
  const { title, label, save } = t.profile.name
  return (
    <Form class="card card-body stack" action={href("profile.changeName")} novalidate data-submit-once>
      <input type="hidden" name="person" value={userId} />
      <h2>{title}</h2>
      <Field form={form} name="name" label={label} autocomplete="name" required />
      <SaveButton label={save} />
    </Form>
  )
}
