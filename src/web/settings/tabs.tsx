import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href, type RouteName } from "../../routes.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import type { StaffWords } from "../../text/staff/en.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"

type Tab = keyof StaffWords["settings"]["tabs"]

const TABS = [
  ["company", "settings.company.edit"],
  ["staff", "staff.list"],
  ["notifications", "settings.notifications.edit"],
  ["invites", "settings.invites.edit"],
  ["security", "settings.security.edit"],
  ["apiKeys", "apiKeys.list"],
  ["webhooks", "webhooks.list"],
  ["privacy", "settings.privacy.edit"],
  ["activity", "settings.activity.list"],
  ["sandbox", "settings.sandbox.show"],
  ["mailbox", "settings.mailbox.list"],
] as const satisfies [tab: Tab, route: RouteName][]

type SettingsPageProps = { staff: StaffActor; tab: Tab; action?: Child; flash?: Child; children: Child }

/** A page under one of the tabs of Settings. */
export function SettingsPage({ staff, tab, children, ...page }: SettingsPageProps) {
  const t = staffMessagesFor(staff.locale)
  return (
    <StaffPage staff={staff} navItem="Settings" title={t.staff.settings.title} {...page}>
      <SettingsTabs {...{ staff, tab, t }} />
      {children}
    </StaffPage>
  )
}

/** Only a live reseller can have a sandbox, and only a sandbox has a mailbox. */
const isHere = (tab: Tab, { reseller }: StaffActor) => tab !== (isSandboxId(reseller.id) ? "sandbox" : "mailbox")

/** The tabs of Settings that the person can open. */
export const settingsTabs = (staff: StaffActor) =>
  TABS.filter(([name, route]) => isHere(name, staff) && canOpen(staff, route))

function SettingsTabs({ staff, tab, t }: { staff: StaffActor; tab: Tab; t: StaffMessages }) {
  const { title, tabs } = t.staff.settings
  return (
    <nav class="tabs" aria-label={title}>
      {settingsTabs(staff).map(([name, route]) => (
        <a href={href(route)} aria-current={name === tab ? "page" : undefined}>
          {tabs[name]}
        </a>
      ))}
    </nav>
  )
}
