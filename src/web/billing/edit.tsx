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
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { addressText } from "../ui/address.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { Field, Select } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
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
  if (created.ok) return redirect(c, href("billing.list", {}, flash("billing_account_created")))
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), created.errors) }
  return c.html(<BillingAccountPage {...{ staff, form }} />, 422)
})

billingAccountRoutes.serve("billing.edit", async (c) => {
  return respondWithForm(c, c.req.param("id"), undefined, 200)
})

billingAccountRoutes.serve("billing.update", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  const t = staffMessagesFor(staff.locale)
  try {
    const updated = await updateBillingAccount(deps, staff, id, values, {
      versions: expectedVersions(values),
      invitePolicy: parsePendingInvitePolicy(values),
    })
    return updated.ok
      ? redirect(c, href("billing.list", {}, flash("billing_account_saved")))
      : await respondWithForm(c, id, { values, errors: translateErrors(t, updated.errors) }, 422)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason.kind === "version_conflict")
      return respondWithForm(c, id, { values, errors: [] }, 409, t.staff.billing.conflict)
    // An invite was created after the form was opened: show the form again, with the choice for pending invites.
    if (error.reason.kind === "billing_account_in_use") return respondWithForm(c, id, { values, errors: [] }, 409)
    if (error.reason.kind !== "billing_account_not_found") throw error
    return respondWithForm(c, id, { values, errors: [] }, 422, toProblem(error.reason, t).detail)
  }
})

billingAccountRoutes.serve("billing.confirmDelete", async (c) => {
  return c.html(await renderDeletePage(c, c.req.param("id")))
})

billingAccountRoutes.serve("billing.delete", async (c) => {
  const { move_to } = await readForm(c)
  const id = c.req.param("id")
  try {
    await deleteBillingAccount(c.var.deps, c.var.staff, id, { targetId: move_to || undefined })
    return redirect(c, href("billing.list", {}, flash("billing_account_deleted")))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { status, detail } = toProblem(error.reason, staffMessagesFor(c.var.staff.locale))
    if (status !== 409 && status !== 422) throw error
    return c.html(await renderDeletePage(c, id, detail), status)
  }
})

function parsePendingInvitePolicy({ pending_invites: policy }: Record<string, string>): PendingInvitePolicy | "ask" {
  if (!policy) return "ask"
  return policy === "leave" || policy === "follow" ? policy : { reassignTo: policy }
}

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
  const t = staffMessagesFor(staff.locale)
  const texts = t.staff.billing
  const title = id ? texts.editTitle : texts.add
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
        data-focus
        data-submit-once
      >
        {id ? (
          <input type="hidden" name="version" value={version} />
        ) : (
          <input type="hidden" name="form_token" value={form.values.form_token} />
        )}
        <fieldset>
          <legend>{texts.holder}</legend>
          <div class="form-row">
            <Field form={form} name="first_name" label={texts.firstName} autocomplete="off" />
            <Field form={form} name="last_name" label={texts.lastName} autocomplete="off" />
          </div>
          <Field form={form} name="po_number" label={texts.poNumber} help={texts.poNumberHelp} autocomplete="off" />
        </fieldset>
        <fieldset>
          <legend>{texts.contact}</legend>
          <div class="form-row">
            <Field
              form={form}
              name="email"
              label={texts.email}
              type="email"
              help={texts.emailHelp}
              autocomplete="off"
              required
            />
            <Field
              form={form}
              name="phone"
              label={texts.phone}
              type="tel"
              help={texts.phoneHelp(countryName(t.language.code, staff.reseller.country))}
              autocomplete="off"
              required
            />
          </div>
          <Field form={form} name="address" label={texts.address} rows={3} autocomplete="off" />
        </fieldset>
        {pendingInvites > 0 && (
          <fieldset>
            <legend>{texts.pendingInvites}</legend>
            <p class="notice danger">{texts.usedContact(pendingInvitesPhrase(t, pendingInvites))}</p>
            <Select name="pending_invites" label={texts.ifChanged} help={texts.ifChangedHelp}>
              <option value="follow">{texts.follow}</option>
              {otherAccounts.map((otherAccount) => (
                <option value={otherAccount.id} selected={otherAccount.id === form.values.pending_invites}>
                  {texts.moveTo(billingAccountLabel(otherAccount, t))}
                </option>
              ))}
              <option value="leave" selected={form.values.pending_invites === "leave"}>
                {texts.leave}
              </option>
            </Select>
          </fieldset>
        )}
        <div class="buttons">
          <button class="button" type="submit">
            {id ? texts.save : texts.submitNew}
          </button>
          <a href={href("billing.list")}>{t.layout.cancel}</a>
        </div>
      </Form>
    </StaffPage>
  )
}

async function renderDeletePage(c: Context<AppEnv>, id: string, errorMessage?: string) {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const texts = t.staff.billing
  const { account, pendingInvites, others: otherAccounts } = await getBillingAccountUsage(c.var.deps, staff, id)
  const cannotDelete = pendingInvites > 0 && otherAccounts.length === 0
  return (
    <StaffPage
      staff={staff}
      navItem="Billing"
      title={texts.deleteTitle}
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
    >
      <Form class="card card-body stack" action={href("billing.delete", { id })} data-submit-once>
        <p>
          <span class="emphasis">{billingAccountName(account, t)}</span>{" "}
          <span class="muted">
            {addressText(account.email)} · <span class="phone">{formatPhone(account.phone)}</span>
          </span>
        </p>
        <p>{texts.customersStay}</p>
        {pendingInvites > 0 && (
          <p class="notice danger">{texts.usedAccount(pendingInvitesPhrase(t, pendingInvites))}</p>
        )}
        {cannotDelete && <p>{texts.addAnother}</p>}
        {pendingInvites > 0 && !cannotDelete && (
          <Select name="move_to" label={texts.moveInvitesTo}>
            {otherAccounts.map((otherAccount) => (
              <option value={otherAccount.id}>{billingAccountLabel(otherAccount, t)}</option>
            ))}
          </Select>
        )}
        <div class="buttons">
          {!cannotDelete && (
            <button class="button danger" type="submit">
              {pendingInvites > 0 ? texts.moveAndDelete : texts.delete}
            </button>
          )}
          <a href={href("billing.list")}>{t.layout.cancel}</a>
        </div>
      </Form>
    </StaffPage>
  )
}
