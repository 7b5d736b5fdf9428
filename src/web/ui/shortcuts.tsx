import { raw } from "hono/html"
import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href, type RouteName } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { oncePerRole, type RoleInAccount } from "./once-per-role.ts"

type Shortcut = { keys: string; route: RouteName<"staff">; label: (t: StaffMessages) => string }

/** Single keys that lead to a page. A customer is invited so often that it is one key. */
const PAGE_SHORTCUTS = [
  { keys: "c", route: "customers.invites.new", label: (t) => t.staff.layout.inviteCustomer },
  { keys: "g d", route: "dashboard.show", label: (t) => t.staff.layout.nav.Dashboard },
  { keys: "g c", route: "customers.list", label: (t) => t.staff.layout.nav.Customers },
  { keys: "g i", route: "customers.invites.list", label: (t) => t.staff.invites.title },
  { keys: "g b", route: "billing.list", label: (t) => t.staff.layout.nav.Billing },
  { keys: "g a", route: "activity.list", label: (t) => t.staff.layout.nav.Activity },
  { keys: "g s", route: "settings.notifications.edit", label: (t) => t.staff.settings.title },
] as const satisfies Shortcut[]

const openShortcuts = (role: RoleInAccount) => PAGE_SHORTCUTS.filter(({ route }) => canOpen(role, route))

/** The shortcuts to pages that the person can open. */
export const pageShortcuts = oncePerRole(openShortcuts)

const shortcutRegion = oncePerRole((role) => {
  const paths = Object.fromEntries(openShortcuts(role).map(({ keys, route }) => [keys, href(route)]))
  return raw(<div id="dialogs" hx-get={href("shortcuts.show")} hx-trigger="send" data-keys={JSON.stringify(paths)} />)
})

/** Where the dialogs appear once they are asked for, and the pages that keys lead to. */
export const ShortcutRegion = ({ staff }: { staff: StaffActor }) => shortcutRegion(staff)

/** The keys that open the search, as the keyboard names them. */
export const ControlK = ({ t }: { t: StaffMessages }) => (
  <kbd data-mac="⌘K">{`${t.staff.shortcuts.control}+K`}</kbd> // public/app/shortcuts.js shows the other name on a Mac
)

/** Leads to the page of the search; with script, it opens the dialog. */
export const SearchLink = ({ t }: { t: StaffMessages }) => (
  <a class="search-link" href={href("search.show")} data-opens="palette" aria-keyshortcuts="Control+K">
    {t.staff.search.title} <ControlK t={t} />
  </a>
)
