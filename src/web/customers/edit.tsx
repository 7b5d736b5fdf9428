import type { Context } from "hono"
import type { StaffActor } from "../../domain/access/actor.ts"
import { loadCustomer } from "../../domain/customers.ts"
import { Failure } from "../../domain/failure.ts"
import { metadataToText } from "../../domain/metadata.ts"
import { updateCustomer } from "../../domain/update-customer.ts"
import type { AppEnv } from "../../http/context.ts"
import { expectedVersions, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import type { Customer } from "../../storage/schema.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { parseEditForm } from "../invites/fields.tsx"
import { InviteFieldInput } from "../invites/section-fields.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { Field, SaveButton } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"

/** The form that edits one customer. */
export const editCustomerRoutes = new Router()
  .serve("customers.edit", async (c) => {
    const customer = await loadCustomer(c.var.deps, c.var.staff, c.req.param("id"))
    const { name, externalId, metadata } = customer
    const text = { name, external_id: externalId ?? "", metadata: metadataToText(metadata) }
    return respond(c, customer, { form: { values: { ...text, ...keptFields(c) }, errors: [] } })
  })
  .serve("customers.update", async (c) => {
    const { staff, deps } = c.var
    const id = c.req.param("id")
    const values = await readForm(c)
    const t = staffMessagesFor(staff.locale)
    const current = await loadCustomer(deps, staff, id)
    const fields = { ...parseEditForm(values, current), ...("name" in values && { name: values.name }) }
    try {
      const updated = await updateCustomer(deps, staff, id, fields, expectedVersions(values))
      if (updated.ok) return redirect(c, href("customers.show", { id }, flash("customer_saved")))
      return respond(c, current, { form: { values, errors: translateErrors(t, updated.errors) }, status: 422 })
    } catch (error) {
      if (!(error instanceof Failure) || error.reason.kind !== "version_conflict") throw error
      const errorMessage = t.staff.customers.conflict
      return respond(c, await loadCustomer(deps, staff, id), {
        form: { values, errors: [] },
        errorMessage,
        status: 409,
      })
    }
  })

type FormOptions = { form: FormState; errorMessage?: string; status?: 200 | 409 | 422 }

const respond = (c: Context<AppEnv>, customer: Customer, { status = 200, ...options }: FormOptions) =>
  c.html(<EditCustomerPage {...{ staff: c.var.staff, customer }} {...options} />, status)

type EditCustomerPageProps = Omit<FormOptions, "status"> & { staff: StaffActor; customer: Customer }

function EditCustomerPage({ staff, customer: { id, name, version }, form, errorMessage }: EditCustomerPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { invites, customers } = t.staff
  return (
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={customers.editTitle}
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      back={<a href={href("customers.show", { id })}>← {name}</a>}
    >
      <Form
        class="card card-body stack"
        action={href("customers.update", { id })}
        novalidate
        data-focus
        data-submit-once
      >
        <input type="hidden" name="version" value={version} />
        <Field form={form} name="name" label={invites.fieldLabels.company_name} autocomplete="off" required />
        <InviteFieldInput
          form={form}
          name="external_id"
          label={invites.form.optional(invites.fieldLabels.external_id)}
          help={invites.fieldHelp.external_id}
        />
        <InviteFieldInput
          form={form}
          name="metadata"
          label={invites.form.optional(invites.fieldLabels.metadata)}
          help={customers.metadataHelp}
        />
        <SaveButton label={t.editInvite.save} />
      </Form>
    </StaffPage>
  )
}
