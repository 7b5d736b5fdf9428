import type { Context } from "hono"
import type { Child, JSX } from "hono/jsx"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { pathInAccount } from "../../http/form-account.ts"
import type { FormEntry } from "../../http/shown-again.ts"
import { createContext, useContext } from "./jsx-runtime.ts"
import { PageTimeZone } from "./time.tsx"

const FormAccount = createContext<string | undefined>(undefined)

/** Binds the forms inside to the actor's account, and the times to their time zone. */
export function AccountContext({ actor, children }: { actor: AccountActor; children: Child }) {
  const accountId = actor.kind === "staff" ? actor.reseller.id : actor.customer.id
  return (
    <FormAccount.Provider value={accountId}>
      <PageTimeZone.Provider value={actor.timeZone}>{children}</PageTimeZone.Provider>
    </FormAccount.Provider>
  )
}

/** Responds with a part of a page. Its forms post to the actor's account, as those of the page do. */
export function fragment(c: Context, actor: AccountActor, children: Child, status?: ContentfulStatusCode) {
  return c.html(<AccountContext actor={actor}>{children}</AccountContext>, status)
}

function useAccountPath(path: string): string {
  const accountId = useContext(FormAccount)
  return accountId ? pathInAccount(path, accountId) : path
}

type FormProps = Omit<JSX.IntrinsicElements["form"], "method" | "action"> & {
  action: string
  /** Whether htmx posts the form too, instead of the browser. */
  htmx?: boolean
}

/** A form that posts to the account that it was rendered for. */
export function Form({ action, htmx = false, children, ...attributes }: FormProps) {
  const path = useAccountPath(action)
  return (
    <form method="post" action={path} hx-post={htmx ? path : undefined} {...attributes}>
      {children}
    </form>
  )
}

export const HiddenFields = ({ fields }: { fields: FormEntry[] }) =>
  fields.map(([name, value]) => <input type="hidden" name={name} value={value} />)

/** A region that htmx fills by posting the form around it to another path, in the same account. */
export function PostRegion({ action, children, ...attributes }: JSX.IntrinsicElements["div"] & { action: string }) {
  return (
    <div hx-post={useAccountPath(action)} {...attributes}>
      {children}
    </div>
  )
}

type ActionFormProps = {
  action: string
  title: string
  text: Child
  submit: string
  /** Whether the action can't be undone. */
  isDangerous?: boolean
}

/** A card that explains an action, with its button. */
export function ActionForm({ action, title, text, submit, isDangerous }: ActionFormProps) {
  return (
    <Form class="card card-body stack" action={action} data-submit-once>
      <h2>{title}</h2>
      <p class="muted">{text}</p>
      <div class="buttons">
        <button class={isDangerous ? "button danger" : "button secondary"} type="submit">
          {submit}
        </button>
      </div>
    </Form>
  )
}

/** Submits its form to another path, in the same account. */
export function SubmitTo({ action, children, ...attributes }: JSX.IntrinsicElements["button"] & { action: string }) {
  return (
    <button type="submit" formaction={useAccountPath(action)} {...attributes}>
      {children}
    </button>
  )
}
