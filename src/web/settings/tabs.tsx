import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href, type RouteName } from "../../routes.ts"

type Tab =
  | "Company"
  | "Staff"
  | "Notifications"
  | "Invites"
  | "Security"
  | "Privacy"
  | "Activity"
  | "API keys"
  | "Webhooks"

const TABS = [
  ["Company", "settings.company.edit"],
  ["Staff", "staff.list"],
  ["Notifications", "settings.notifications.edit"],
  ["Invites", "settings.invites.edit"],
  ["Security", "settings.security.edit"],
  ["API keys", "apiKeys.list"],
  ["Webhooks", "webhooks.list"],
  ["Privacy", "settings.privacy.edit"],
  ["Activity", "settings.activity.list"],
] as const satisfies [name: Tab, route: RouteName][]

/** The tabs of Settings that the person can open. */
export function SettingsTabs({ staff, current }: { staff: StaffActor; current: Tab }) {
  return (
    <nav class="tabs" aria-label="Settings">
      {TABS.filter(([, route]) => canOpen(staff, route)).map(([name, route]) => (
        <a href={href(route)} aria-current={name === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}
