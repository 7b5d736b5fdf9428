import type { StaffActor } from "../../domain/access/actor.ts"
import type { Deps } from "../../domain/deps.ts"
import { inviteSchema } from "../../domain/invites/fields.ts"
import { findSimilarCompanies, type SimilarCompany } from "../../domain/invites/similar-companies.ts"
import { validateFields } from "../../domain/validation.ts"
import { href } from "../../routes.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { PostRegion } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { parseInviteForm } from "./fields.tsx"

/** The field of a form that says that the browser runs no scripts. */
const NO_SCRIPT_FIELD = "no_script"
/** The field that names the invite that a form edits. */
const EDITED_FIELD = "edited_invite"

/** Warns of companies like the one in the form. */
export async function renderSimilar(deps: Deps, staff: StaffActor, form: Record<string, string>) {
  return <SimilarCompanies companies={await findSimilar(deps, staff, form)} t={staffMessagesFor(staff.locale)} />
}

/** Companies like the one in the form, if it was sent without script: otherwise it has the warnings already. */
export async function findSimilarWithoutScript(deps: Deps, staff: StaffActor, form: Record<string, string>) {
  return NO_SCRIPT_FIELD in form ? findSimilar(deps, staff, form) : []
}

function findSimilar(deps: Deps, staff: StaffActor, form: Record<string, string>): Promise<SimilarCompany[]> {
  const { values } = validateFields(inviteSchema("customer"), parseInviteForm(form))
  const draft = { companyName: values.company_name, contactEmail: values.contact_email }
  return findSimilarCompanies(deps, staff, draft, form[EDITED_FIELD])
}

type SimilarRegionProps = {
  t: StaffMessages
  /** The id of the invite that is edited. */
  inviteId?: string | undefined
  companies?: SimilarCompany[] | undefined
}

/** Where the form warns of similar companies once the fields that name one have changed. */
export function SimilarRegion({ t, inviteId, companies = [] }: SimilarRegionProps) {
  return (
    <>
      {inviteId && <input type="hidden" name={EDITED_FIELD} value={inviteId} />}
      <PostRegion
        id="similar-companies"
        class="stack"
        role="status"
        action={href("customers.invites.preview")}
        hx-trigger='input delay:500ms from:"#company_name, #contact_email", send'
        hx-sync="this:replace"
        hx-swap="innerMorph"
        hx-morph-skip
      >
        <SimilarCompanies {...{ companies, t }} />
      </PostRegion>
    </>
  )
}

function SimilarCompanies({ companies, t }: { companies: SimilarCompany[]; t: StaffMessages }) {
  return companies.map((company) => (
    <Flash tone="warning">
      {warningText(company, t)}{" "}
      <a href={similarPath(company)} target="_blank" rel="noopener">
        {t.staff.invites.similar.open}
        <span class="visually-hidden"> {company.name}</span>
      </a>
    </Flash>
  ))
}

/** What a warning says. */
export function warningText({ name, status, domain }: SimilarCompany, t: StaffMessages): string {
  const { similar } = t.staff.invites
  const place = domain && readableAddress(`@${domain}`).slice(1)
  if (!status) return place ? similar.customerAtDomain(name, place) : similar.customer(name)
  const statusName = t.inviteStatuses[status].toLowerCase()
  return place ? similar.invitedAtDomain(name, statusName, place) : similar.invited(name, statusName)
}

/** The page of the company. */
export const similarPath = ({ kind, id }: SimilarCompany) =>
  kind === "customer" ? href("customers.show", { id }) : href("customers.invites.show", { id })

/** Without script there are no warnings while someone types: the preview has them. A browser that runs scripts leaves this out. */
export const NoScriptField = ({ formId }: { formId: string }) => (
  <noscript>
    <input type="hidden" name={NO_SCRIPT_FIELD} value="true" form={formId} />
  </noscript>
)
