import type { Child } from "hono/jsx"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { SEARCH_LIMIT_SELECT, SearchInput } from "./search-input.tsx"

type SearchFormProps = {
  /** The path of the list, and the id of the element with its rows. */
  path: string
  rowsId: string
  /** Ids of other elements that a search changes. */
  otherIds: string[]
  /** The id of the region that announces how much was found. */
  foundId: string
  label: string
  placeholder: string
  apply: string
  search: string | undefined
  isCut: boolean
  t: StaffMessages
  children?: Child
}

/** The search of a list, with further fields. With htmx, it replaces the rows while somebody types. */
export function SearchForm({
  path,
  rowsId,
  otherIds,
  foundId,
  label,
  placeholder,
  apply,
  search,
  isCut,
  t,
  children,
}: SearchFormProps) {
  return (
    <form
      class="filter-form"
      aria-label={label}
      action={path}
      hx-get={path}
      hx-trigger="submit, change, input changed delay:300ms from:#q"
      hx-sync="this:replace"
      hx-target={`#${rowsId}`}
      hx-select={`#${rowsId}`}
      hx-select-oob={[...otherIds.map((id) => `#${id}`), `#${foundId}:innerHTML`, SEARCH_LIMIT_SELECT].join(", ")}
      hx-swap="outerHTML"
    >
      <SearchInput label={placeholder} {...{ search, isCut, t }} />
      {children}
      <noscript>
        <button class="button secondary" type="submit">
          {apply}
        </button>
      </noscript>
    </form>
  )
}
