import type { StaffActor } from "../../domain/access/actor.ts"
import { can, type Permission } from "../../domain/access/permissions.ts"

type Tab = "Company" | "Staff" | "Notifications" | "Invites" | "Activity" | "API keys" | "Webhooks"

const TABS: [name: Tab, path: string, needs: Permission][] = [
  ["Company", "/settings", "settings:write"],
  ["Staff", "/settings/staff", "staff:read"],
  ["Notifications", "/settings/mail", "invites:read"],
  ["Invites", "/settings/invites", "settings:write"],
  ["API keys", "/settings/api-keys", "api_keys:write"],
  ["Webhooks", "/settings/webhooks", "webhooks:write"],
  ["Activity", "/settings/activity", "invites:read"],
]

/** The tabs of Settings that the person can open. */
export function SettingsTabs({ staff, current }: { staff: StaffActor; current: Tab }) {
  return (
    <nav class="tabs" aria-label="Settings">
      {TABS.filter(([, , permission]) => can(staff, permission)).map(([name, path]) => (
        <a href={path} aria-current={name === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}
