import type { Context } from "hono"
import { demand, may, type StaffActor } from "../domain/actor.ts"
import {
  addBillingAccount,
  billingAccountName,
  changeBillingAccount,
  findBillingAccount,
  listBillingAccounts,
  makeDefaultBillingAccount,
  removeBillingAccount,
} from "../domain/billing-accounts.ts"
import { Failure } from "../domain/failure.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf } from "../http/failures.ts"
import { emptyForm, type FormState, readForm } from "../http/forms.ts"
import { redirect, wantsFragment } from "../http/htmx.ts"
import type { BillingAccount } from "../storage/schema.ts"
import { Action, Field } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"

export const billingRoutes = factory.createApp()

billingRoutes.get("/billing", async (c) => c.html(await billingPage(c)))

billingRoutes.get("/billing/new", (c) => {
  demand(c.var.staff, "billing:write")
  return c.html(<AccountPage staff={c.var.staff} form={emptyForm()} />)
})

billingRoutes.post("/billing/new", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const added = await addBillingAccount(deps, staff, values)
  if (added.ok) return redirect(c, "/billing")
  return answerForm(c, { values, errors: added.errors })
})

billingRoutes.get("/billing/:id", async (c) => {
  const { staff, deps } = c.var
  demand(staff, "billing:write")
  const account = await findBillingAccount(deps, staff, c.req.param("id"))
  return c.html(<AccountPage staff={staff} form={emptyForm(valuesOf(account))} id={account.id} />)
})

billingRoutes.post("/billing/:id", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  const changed = await changeBillingAccount(deps, staff, id, values)
  if (changed.ok) return redirect(c, "/billing")
  return answerForm(c, { values, errors: changed.errors }, id)
})

billingRoutes.post("/billing/:id/default", async (c) => {
  await makeDefaultBillingAccount(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, "/billing")
})

billingRoutes.post("/billing/:id/removal", async (c) => {
  try {
    await removeBillingAccount(c.var.deps, c.var.staff, c.req.param("id"))
    return redirect(c, "/billing")
  } catch (error) {
    if (!(error instanceof Failure) || wantsFragment(c) || problemOf(error.reason).status !== 409) throw error
    return c.html(await billingPage(c, problemOf(error.reason).detail), 409)
  }
})

async function billingPage(c: Context<Vestibule>, refusal?: string) {
  const { staff, deps } = c.var
  const accounts = await listBillingAccounts(deps, staff)
  const mayWrite = may(staff, "billing:write")
  const add = (
    <a class="button" href="/billing/new">
      Add billing account
    </a>
  )
  return (
    <StaffPage
      staff={staff}
      section="Billing"
      title="Billing"
      action={mayWrite && add}
      notice={refusal && <NoticeCard tone="bad">{refusal}</NoticeCard>}
    >
      <section class="card" aria-label="Billing accounts">
        {accounts.length === 0 ? (
          <div class="empty">
            <p>No billing accounts yet. Every customer is billed to one of yours: add the first.</p>
            {mayWrite && add}
          </div>
        ) : (
          <ul class="lines">
            {accounts.map((account) => (
              <AccountLine account={account} mayWrite={mayWrite} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>
  )
}

function AccountLine({ account, mayWrite }: { account: BillingAccount; mayWrite: boolean }) {
  return (
    <li>
      <div>
        <span class="strong">
          {billingAccountName(account)} {account.isDefault && <span class="tag">Default</span>}
        </span>
        <span class="soft">
          {account.email} · {readablePhone(account.phone)}
          {account.address && ` · ${account.address.replaceAll("\n", ", ")}`}
        </span>
      </div>
      {mayWrite && (
        <div class="actions buttons">
          <a href={`/billing/${account.id}`}>
            Edit<span class="hidden"> {account.email}</span>
          </a>
          {!account.isDefault && (
            <>
              <Action path={`/billing/${account.id}/default`} label="Make default" about={account.email} />
              <Action
                path={`/billing/${account.id}/removal`}
                label="Remove"
                about={account.email}
                confirm={`Remove the billing account ${account.email}? Customers billed to it are marked for you to check.`}
              />
            </>
          )}
        </div>
      )}
    </li>
  )
}

function answerForm(c: Context<Vestibule>, form: FormState, id?: string) {
  return c.html(<AccountPage staff={c.var.staff} form={form} id={id} />, 422)
}

function AccountPage({ staff, form, id }: { staff: StaffActor; form: FormState; id?: string | undefined }) {
  const title = id ? "Edit billing account" : "Add billing account"
  return (
    <StaffPage staff={staff} section="Billing" title={title}>
      <form class="card pad stack" method="post" action={id ? `/billing/${id}` : "/billing/new"} novalidate data-once>
        <fieldset>
          <legend>Who it belongs to</legend>
          <div class="pair">
            <Field form={form} name="first_name" label="First name" autocomplete="off" />
            <Field form={form} name="last_name" label="Last name" autocomplete="off" />
          </div>
          <Field
            form={form}
            name="po_number"
            label="PO number"
            help="Instead of a name, or beside it."
            autocomplete="off"
          />
        </fieldset>
        <fieldset>
          <legend>Where invoices go</legend>
          <div class="pair">
            <Field
              form={form}
              name="email"
              label="Email"
              type="email"
              help="One account for each address."
              autocomplete="off"
              required
            />
            <Field
              form={form}
              name="phone"
              label="Phone"
              type="tel"
              help="With country code, as +1 415 555 0132."
              autocomplete="off"
              required
            />
          </div>
          <Field form={form} name="address" label="Address" rows={3} autocomplete="off" />
        </fieldset>
        <div class="buttons">
          <button class="button" type="submit">
            {id ? "Save" : "Add"}
          </button>
          <a href="/billing">Cancel</a>
        </div>
      </form>
    </StaffPage>
  )
}

function valuesOf(account: BillingAccount): Record<string, string> {
  return {
    first_name: account.firstName ?? "",
    last_name: account.lastName ?? "",
    po_number: account.poNumber ?? "",
    email: account.email,
    phone: readablePhone(account.phone),
    address: account.address ?? "",
  }
}
