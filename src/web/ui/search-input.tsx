import { SEARCH_MAX } from "../../domain/invites/search-text.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"

type SearchInputProps = {
  search: string | undefined
  /** Whether more was typed than a search can have. */
  isCut: boolean
  label: string
  t: StaffMessages
}

/** What htmx selects of a page's response, so that the message beside the field follows what is typed. */
export const SEARCH_LIMIT_SELECT = "#q-limit:innerHTML"

/** The field of a page's search, which says so if it can't search for all that was typed. */
export const SearchInput = ({ search, isCut, label, t }: SearchInputProps) => (
  <>
    <input
      id="q"
      class="search"
      name="q"
      type="search"
      dir="auto"
      value={search}
      placeholder={label}
      aria-label={label}
      aria-describedby="q-limit"
      autocomplete="off"
    />
    <p class="error" id="q-limit" role="status">
      {isCut && t.staff.search.tooLong(SEARCH_MAX)}
    </p>
  </>
)
