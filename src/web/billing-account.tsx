import type { Context } from "hono"
import { demand, type StaffActor } from "../domain/actor.ts"
import {
  addBillingAccount,
  billingAccountInUse,
  billingAccountLabel,
  billingAccountName,
} from "../domain/billing-accounts.ts"
import { changeBillingAccount, removeBillingAccount } from "../domain/billing-changes.ts"
import type { InvitesOfAccount } from "../domain/billing-moves.ts"
import { Failure } from "../domain/failure.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { pendingUse, problemOf } from "../http/failures.ts"
import { emptyForm, type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import type { BillingAccount } from "../storage/schema.ts"
import { Field, Select } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"

export const billingAccountRoutes = factory.createApp()

billingAccountRoutes.get("/billing/new", (c) => {
  demand(c.var.staff, "billing:write")
  return c.html(<AccountPage staff={c.var.staff} form={emptyForm()} />)
})

billingAccountRoutes.post("/billing/new", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const added = await addBillingAccount(deps, staff, values)
  if (added.ok) return redirect(c, "/billing")
  return c.html(<AccountPage staff={staff} form={{ values, errors: added.errors }} />, 422)
})

billingAccountRoutes.get("/billing/:id", async (c) => {
  demand(c.var.staff, "billing:write")
  return answerForm(c, c.req.param("id"), undefined, 200)
})

billingAccountRoutes.post("/billing/:id", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  try {
    const changed = await changeBillingAccount(deps, staff, id, values, { itsInvites: itsInvitesOf(values) })
    return changed.ok ? redirect(c, "/billing") : await answerForm(c, id, { values, errors: changed.errors }, 422)
  } catch (error) {
    // Somebody was invited since the form was opened: say so, and ask.
    if (!(error instanceof Failure)) throw error
    if (error.reason.kind === "billing_account_in_use") return answerForm(c, id, { values, errors: [] }, 409)
    if (error.reason.kind !== "billing_account_not_found") throw error
    return answerForm(c, id, { values, errors: [] }, 422, problemOf(error.reason).detail)
  }
})

billingAccountRoutes.get("/billing/:id/removal", async (c) => {
  demand(c.var.staff, "billing:write")
  return c.html(await removalPage(c, c.req.param("id")))
})

billingAccountRoutes.post("/billing/:id/removal", async (c) => {
  const { move_to } = await readForm(c)
  const id = c.req.param("id")
  try {
    await removeBillingAccount(c.var.deps, c.var.staff, id, move_to || undefined)
    return redirect(c, "/billing")
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { status, detail } = problemOf(error.reason)
    if (status !== 409 && status !== 422) throw error
    return c.html(await removalPage(c, id, detail), status)
  }
})

function itsInvitesOf({ pending_invites: asked }: Record<string, string>): InvitesOfAccount | "ask" {
  if (!asked) return "ask"
  return asked === "leave" || asked === "follow" ? asked : { moveTo: asked }
}

const AFTERWARDS =
  "Invites that are left as they are go on working; their customers are marked for you to check when they join."

async function answerForm(
  c: Context<Vestibule>,
  id: string,
  form: FormState | undefined,
  status: 200 | 409 | 422,
  refusal?: string,
) {
  const { staff } = c.var
  const { account, pendingInvites, others } = await billingAccountInUse(c.var.deps, c.var.staff, id)
  const shown = form ?? emptyForm(valuesOf(account))
  return c.html(<AccountPage {...{ staff, id, pendingInvites, others, refusal }} form={shown} />, status)
}

type PageProps = {
  staff: StaffActor
  form: FormState
  id?: string
  /** How many pending invites are billed to the account, and the accounts that they may go to. */
  pendingInvites?: number
  others?: BillingAccount[]
  refusal?: string | undefined
}

function AccountPage({ staff, form, id, pendingInvites = 0, others = [], refusal }: PageProps) {
  const title = id ? "Edit billing account" : "Add billing account"
  return (
    <StaffPage
      staff={staff}
      section="Billing"
      title={title}
      notice={refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
    >
      <form
        class="card card-body stack"
        method="post"
        action={id ? `/billing/${id}` : "/billing/new"}
        novalidate
        data-submit-once
      >
        <fieldset>
          <legend>Who it belongs to</legend>
          <div class="form-row">
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
          <div class="form-row">
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
        {pendingInvites > 0 && (
          <fieldset>
            <legend>Pending invites</legend>
            <p class="notice danger">
              {pendingUse(pendingInvites)} this account, with the address and phone that it has now.
            </p>
            <Select name="pending_invites" label="If address or phone change" help={AFTERWARDS}>
              <option value="follow">They follow the change</option>
              {others.map((other) => (
                <option value={other.id} selected={other.id === form.values.pending_invites}>
                  Move them to {billingAccountLabel(other)}
                </option>
              ))}
              <option value="leave" selected={form.values.pending_invites === "leave"}>
                Leave them as they are
              </option>
            </Select>
          </fieldset>
        )}
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

async function removalPage(c: Context<Vestibule>, id: string, refusal?: string) {
  const { account, pendingInvites, others } = await billingAccountInUse(c.var.deps, c.var.staff, id)
  const isInTheWay = pendingInvites > 0 && others.length === 0
  return (
    <StaffPage
      staff={c.var.staff}
      section="Billing"
      title="Remove billing account"
      notice={refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
    >
      <form class="card card-body stack" method="post" action={`/billing/${id}/removal`} data-submit-once>
        <p>
          <span class="emphasis">{billingAccountName(account)}</span>{" "}
          <span class="muted">
            {account.email} · {readablePhone(account.phone)}
          </span>
        </p>
        <p>Customers billed to it stay, and are marked for you to check.</p>
        {pendingInvites > 0 && <p class="notice danger">{pendingUse(pendingInvites)} this account.</p>}
        {isInTheWay && <p>Add another billing account first, to move them to.</p>}
        {pendingInvites > 0 && !isInTheWay && (
          <Select name="move_to" label="Move them to">
            {others.map((other) => (
              <option value={other.id}>{billingAccountLabel(other)}</option>
            ))}
          </Select>
        )}
        <div class="buttons">
          {!isInTheWay && (
            <button class="button" type="submit">
              {pendingInvites > 0 ? "Move them and remove" : "Remove"}
            </button>
          )}
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
