import { href } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Select } from "../ui/fields.tsx"
import { SearchForm } from "../ui/search-form.tsx"
import { type Filter, isNarrowed, SORTS, UNDELIVERED } from "./filter.ts"

type InviteFilterFormProps = { filter: Filter; staffOptions: { id: string; name: string }[]; t: StaffMessages }

/** Search, who invited, when, and the order. With htmx, a change replaces the rows, and the order where it can't be kept. */
export function InviteFilterForm({ filter, staffOptions, t }: InviteFilterFormProps) {
  const { search, searchFields, invitedBy, anyone, from, to } = t.staff.invites
  const listed = staffOptions.some(({ id }) => id === filter.invitedBy)
  return (
    <SearchForm
      path={href("customers.invites.list")}
      rowsId="invites-rows"
      otherIds={["invites-filter", "invites-export", "invites-sort"]}
      foundId="invites-found"
      label={search}
      placeholder={searchFields}
      apply={t.staff.invites.apply}
      search={filter.search}
      isCut={filter.isCut ?? false}
      t={t}
    >
      {(filter.status || filter.isUndelivered) && (
        <input type="hidden" name="status" value={filter.status ?? UNDELIVERED} />
      )}
      <details class="more-filters" open={isNarrowed(filter) || filter.sort !== undefined}>
        <summary>{t.staff.invites.moreFilters}</summary>
      </details>
      <div class="filter-fields">
        <Select name="by" label={invitedBy}>
          <option value="">{anyone}</option>
          {staffOptions.map(({ id, name }) => (
            <option value={id} selected={id === filter.invitedBy}>
              {name}
            </option>
          ))}
          {filter.invitedBy && !listed && (
            <option value={filter.invitedBy} selected>
              {t.staff.invites.formerStaff}
            </option>
          )}
        </Select>
        <DayField name="from" label={from} value={filter.from} />
        <DayField name="to" label={to} value={filter.to} />
        <div id="invites-sort">
          <SortSelect {...{ filter, t }} />
        </div>
      </div>
    </SearchForm>
  )
}

function SortSelect({ filter, t }: Omit<InviteFilterFormProps, "staffOptions">) {
  const { sort, sorts } = t.staff.invites
  return (
    <Select name="sort" label={sort}>
      <option value="">{t.layout.newestFirst}</option>
      {SORTS.map((name) => (
        <option value={name} selected={name === filter.sort}>
          {sorts[name]}
        </option>
      ))}
    </Select>
  )
}

function DayField({ name, label, value }: { name: "from" | "to"; label: string; value: string | undefined }) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input type="date" id={name} name={name} value={value} />
    </div>
  )
}
