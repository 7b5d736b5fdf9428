import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Form } from "./form.tsx"

/** Signs out, on pages without the navigation. */
export function SignOutButton({ t, isPrimary = false }: { t: Messages; isPrimary?: boolean }) {
  return (
    <Form action={href("session.delete")}>
      <button class={isPrimary ? "button full-width" : "link"} type="submit">
        {t.layout.signOut}
      </button>
    </Form>
  )
}
