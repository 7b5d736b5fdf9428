import type { Context } from "hono"
import type { StaffActor } from "../../domain/access/actor.ts"
import {
  billingAccountLabel,
  billingAccountName,
  createBillingAccount,
  getBillingAccountUsage,
} from "../../domain/billing/accounts.ts"
import { toText } from "../../domain/billing/fields.ts"
import type { PendingInvitePolicy } from "../../domain/billing/reassign-invites.ts"
import { deleteBillingAccount, updateBillingAccount } from "../../domain/billing/update.ts"
import { Failure } from "../../domain/failure.ts"
import { idempotent } from "../../domain/idempotency.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, expectedVersions, type FormState, readForm, readFormRequest } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { pendingInvitesPhrase, toProblem } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import { countryName, formatPhone } from "../../text/phone.ts"
import { addressText } from "../ui/address.tsx"
import { Field, Select } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"

export const billingAccountRoutes = new Router()

billingAccountRoutes.serve("billing.new", (c) => {
  return c.html(<BillingAccountPage staff={c.var.staff} form={emptyForm({ form_token: crypto.randomUUID() })} />)
})

billingAccountRoutes.serve("billing.create", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const formDeps = { ...deps, request: await readFormRequest(c, staff) }
  const created = await idempotent(formDeps, billingAccounts, () => createBillingAccount(formDeps, staff, values))
  if (created.ok) return redirect(c, href("billing.list"))
  return c.html(<BillingAccountPage staff={staff} form={{ values, errors: created.errors }} />, 422)
})

billingAccountRoutes.serve("billing.edit", async (c) => {
  return respondWithForm(c, c.req.param("id"), undefined, 200)
})

billingAccountRoutes.serve("billing.update", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  try {
    const updated = await updateBillingAccount(deps, staff, id, values, {
      versions: expectedVersions(values),
      invitePolicy: parsePendingInvitePolicy(values),
    })
    return updated.ok
      ? redirect(c, href("billing.list"))
      : await respondWithForm(c, id, { values, errors: updated.errors }, 422)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason.kind === "version_conflict") return respondWithForm(c, id, { values, errors: [] }, 409, CONFLICT)
    // An invite was created after the form was opened: show the form again, with the choice for pending invites.
    if (error.reason.kind === "billing_account_in_use") return respondWithForm(c, id, { values, errors: [] }, 409)
    if (error.reason.kind !== "billing_account_not_found") throw error
    return respondWithForm(c, id, { values, errors: [] }, 422, toProblem(error.reason).detail)
  }
})

billingAccountRoutes.serve("billing.confirmDelete", async (c) => {
  return c.html(await renderDeletePage(c, c.req.param("id")))
})

billingAccountRoutes.serve("billing.delete", async (c) => {
  const { move_to } = await readForm(c)
  const id = c.req.param("id")
  try {
    await deleteBillingAccount(c.var.deps, c.var.staff, id, move_to || undefined)
    return redirect(c, href("billing.list"))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { status, detail } = toProblem(error.reason)
    if (status !== 409 && status !== 422) throw error
    return c.html(await renderDeletePage(c, id, detail), status)
  }
})

const CONFLICT =
  "Someone changed this billing account since you opened the form. Your version is below. Save again to replace theirs."

function parsePendingInvitePolicy({ pending_invites: policy }: Record<string, string>): PendingInvitePolicy | "ask" {
  if (!policy) return "ask"
  return policy === "leave" || policy === "follow" ? policy : { reassignTo: policy }
}

const PENDING_INVITES_HELP =
  "Invites you leave unchanged keep working. When their customers join, we mark them for review."

async function respondWithForm(
  c: Context<AppEnv>,
  id: string,
  form: FormState | undefined,
  status: 200 | 409 | 422,
  errorMessage?: string,
) {
  const { staff } = c.var
  const { account, pendingInvites, others: otherAccounts } = await getBillingAccountUsage(c.var.deps, c.var.staff, id)
  const formState = form ?? emptyForm(toText(account))
  const version = String(account.version)
  return c.html(
    <BillingAccountPage {...{ staff, id, version, pendingInvites, otherAccounts, errorMessage }} form={formState} />,
    status,
  )
}

type BillingAccountPageProps = {
  staff: StaffActor
  form: FormState
  id?: string
  version?: string
  /** The number of pending invites billed to the account, and the accounts they can move to. */
  pendingInvites?: number
  otherAccounts?: BillingAccount[]
  errorMessage?: string | undefined
}

function BillingAccountPage({
  staff,
  form,
  id,
  version,
  pendingInvites = 0,
  otherAccounts = [],
  errorMessage,
}: BillingAccountPageProps) {
  const title = id ? "Edit billing account" : "Add billing account"
  return (
    <StaffPage
      staff={staff}
      navItem="Billing"
      title={title}
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
    >
      <Form
        class="card card-body stack"
        action={id ? href("billing.update", { id }) : href("billing.create")}
        novalidate
        data-submit-once
      >
        {id ? (
          <input type="hidden" name="version" value={version} />
        ) : (
          <input type="hidden" name="form_token" value={form.values.form_token} />
        )}
        <fieldset>
          <legend>Account holder</legend>
          <div class="form-row">
            <Field form={form} name="first_name" label="First name" autocomplete="off" />
            <Field form={form} name="last_name" label="Last name" autocomplete="off" />
          </div>
          <Field
            form={form}
            name="po_number"
            label="PO number"
            help="Instead of a name, or in addition to it."
            autocomplete="off"
          />
        </fieldset>
        <fieldset>
          <legend>Billing contact</legend>
          <div class="form-row">
            <Field
              form={form}
              name="email"
              label="Email"
              type="email"
              help="Each billing account needs its own email address."
              autocomplete="off"
              required
            />
            <Field
              form={form}
              name="phone"
              label="Phone"
              type="tel"
              help={`Include the country code, for example +1 415 555 0132, unless it's a number of your country: ${countryName("en", staff.reseller.country)}.`}
              autocomplete="off"
              required
            />
          </div>
          <Field form={form} name="address" label="Postal address" rows={3} autocomplete="off" />
        </fieldset>
        {pendingInvites > 0 && (
          <fieldset>
            <legend>Pending invites</legend>
            <p class="notice danger">
              {pendingInvitesPhrase(pendingInvites)} this account with its current email address and phone number.
            </p>
            <Select
              name="pending_invites"
              label="If the email address or phone number changes"
              help={PENDING_INVITES_HELP}
            >
              <option value="follow">Update them too</option>
              {otherAccounts.map((otherAccount) => (
                <option value={otherAccount.id} selected={otherAccount.id === form.values.pending_invites}>
                  Move them to {billingAccountLabel(otherAccount)}
                </option>
              ))}
              <option value="leave" selected={form.values.pending_invites === "leave"}>
                Leave them unchanged
              </option>
            </Select>
          </fieldset>
        )}
        <div class="buttons">
          <button class="button" type="submit">
            {id ? "Save" : "Add"}
          </button>
          <a href={href("billing.list")}>Cancel</a>
        </div>
      </Form>
    </StaffPage>
  )
}

async function renderDeletePage(c: Context<AppEnv>, id: string, errorMessage?: string) {
  const { account, pendingInvites, others: otherAccounts } = await getBillingAccountUsage(c.var.deps, c.var.staff, id)
  const cannotDelete = pendingInvites > 0 && otherAccounts.length === 0
  return (
    <StaffPage
      staff={c.var.staff}
      navItem="Billing"
      title="Delete billing account"
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
    >
      <Form class="card card-body stack" action={href("billing.delete", { id })} data-submit-once>
        <p>
          <span class="emphasis">{billingAccountName(account)}</span>{" "}
          <span class="muted">
            {addressText(account.email)} · {formatPhone(account.phone)}
          </span>
        </p>
        <p>Customers billed to it stay and are marked for review.</p>
        {pendingInvites > 0 && <p class="notice danger">{pendingInvitesPhrase(pendingInvites)} this account.</p>}
        {cannotDelete && <p>Add another billing account first, so that you can move them.</p>}
        {pendingInvites > 0 && !cannotDelete && (
          <Select name="move_to" label="Move invites to">
            {otherAccounts.map((otherAccount) => (
              <option value={otherAccount.id}>{billingAccountLabel(otherAccount)}</option>
            ))}
          </Select>
        )}
        <div class="buttons">
          {!cannotDelete && (
            <button class="button" type="submit">
              {pendingInvites > 0 ? "Move invites and delete" : "Delete"}
            </button>
          )}
          <a href={href("billing.list")}>Cancel</a>
        </div>
      </Form>
    </StaffPage>
  )
}
