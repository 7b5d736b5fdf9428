import type { Membership } from "../../domain/access/actor.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { Form } from "./form.tsx"

/** Lets a person with several accounts switch to another one. public/app/menus.js closes it. */
export function AccountSwitcher({ accounts, current, t }: { accounts: Membership[]; current: string; t: Messages }) {
  if (accounts.length < 2) return null
  return (
    <details class="menu switcher">
      <summary>
        <span class="label">{t.layout.switchAccount}</span>
      </summary>
      <Form class="menu-panel" action={href("account.switch")}>
        {accounts
          .filter(({ id }) => id !== current)
          .map((membership) => (
            <button
              type="submit"
              name={membership.kind === "staff" ? "reseller_id" : "customer_id"}
              value={membership.id}
            >
              {accountLabel(membership, t)}
            </button>
          ))}
      </Form>
    </details>
  )
}

function accountLabel({ kind, name, resellerName, isSandbox }: Membership, t: Messages): string {
  const reseller = isSandbox ? t.sandbox.account(resellerName) : resellerName
  return kind === "staff" ? t.layout.staffAccount(reseller) : t.layout.customerAccount(name, reseller)
}
