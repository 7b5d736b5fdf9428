import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import type { RouteName } from "../../routes.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import type { StaffWords } from "../../text/staff/en.ts"

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

/** The tabs of Settings that the person can open. Only a live reseller can have a sandbox, and only a sandbox has a mailbox. */
export function openTabs(staff: StaffActor) {
  const elsewhere = isSandboxId(staff.reseller.id) ? "sandbox" : "mailbox"
  return TABS.filter(([tab, route]) => tab !== elsewhere && canOpen(staff, route))
}
