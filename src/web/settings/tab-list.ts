import { canOpen } from "../../http/router.ts"
import type { RouteName } from "../../routes.ts"
import type { StaffWords } from "../../text/staff/en.ts"
import { oncePerRole, type RoleInAccount } from "../ui/once-per-role.ts"

export type Tab = keyof StaffWords["settings"]["tabs"]

const TABS = [
  ["company", "settings.company.edit"],
  ["staff", "staff.list"],
  ["notifications", "settings.notifications.edit"],
  ["invites", "settings.invites.edit"],
  ["security", "settings.security.edit"],
  ["apiKeys", "apiKeys.list"],
  ["webhooks", "webhooks.list"],
  ["privacy", "settings.privacy.edit"],
  ["sandbox", "settings.sandbox.show"],
  ["mailbox", "settings.mailbox.list"],
] as const satisfies [tab: Tab, route: RouteName][]

/** The tabs of Settings that people of the role can open. Only a live reseller can have a sandbox, and only a sandbox has a mailbox. */
export function openTabs(role: RoleInAccount) {
  const elsewhere = role.isSandbox ? "sandbox" : "mailbox"
  return TABS.filter(([tab, route]) => tab !== elsewhere && canOpen(role, route))
}

/** The tabs of Settings that the person can open. */
export const openTabsOf = oncePerRole(openTabs)
