import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { fold } from "../../text/fold.ts"
import { sanitizeLine } from "../../text/sanitize.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { openTabs } from "../settings/tab-list.ts"

type Page = { label: string; path: string }

/** The pages that the person can open and whose name has these words in it, those first that begin with them. */
export function findPages(staff: StaffActor, t: StaffMessages, search: string): { first: Page[]; others: Page[] } {
  const words = fold(sanitizeLine(search)).trim()
  const found = pagesOf(staff, t).filter(({ label }) => foldLabel(label).includes(words))
  const isFirst = ({ label }: Page) => foldLabel(label).startsWith(words)
  return { first: found.filter(isFirst), others: found.filter((page) => !isFirst(page)) }
}

/** Labels are few and known, so each is folded once in an isolate. */
const foldedLabels = new Map<string, string>()

function foldLabel(label: string): string {
  const folded = foldedLabels.get(label) ?? fold(label)
  foldedLabels.set(label, folded)
  return folded
}

function pagesOf(staff: StaffActor, t: StaffMessages): Page[] {
  const { layout, invites, imports, jobs, settings } = t.staff
  const pages = [
    [layout.nav.Dashboard, "dashboard.show"],
    [layout.nav.Customers, "customers.list"],
    [invites.title, "customers.invites.list"],
    [layout.inviteCustomer, "customers.invites.new"],
    [imports.back, "customers.imports.list"],
    [jobs.title, "customers.invites.jobs.list"],
    [layout.nav.Billing, "billing.list"],
    [layout.nav.Activity, "activity.list"],
    ...openTabs(staff).map(([tab, route]) => [`${settings.tabs[tab]} · ${settings.title}`, route] as const),
  ] as const
  return [
    ...pages.filter(([, route]) => canOpen(staff, route)).map(([label, route]) => ({ label, path: href(route) })),
    { label: t.profile.title, path: href("profile.show") },
    { label: t.staff.shortcuts.title, path: href("shortcuts.show") },
  ]
}
