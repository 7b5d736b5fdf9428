import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { href } from "../../routes.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"
import { openTabsOf, type Tab } from "./tab-list.ts"

type SettingsPageProps = {
  staff: StaffActor
  tab: Tab
  action?: Child
  flash?: Child
  children: Child
}

/** A page under one of the tabs of Settings. */
export function SettingsPage({ staff, tab, children, ...shown }: SettingsPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { title, tabs } = t.staff.settings
  return (
    <StaffPage staff={staff} navItem="Settings" title={title} documentTitle={[tabs[tab], title]} {...shown}>
      <SettingsTabs {...{ staff, tab, t }} />
      {children}
    </StaffPage>
  )
}

function SettingsTabs({ staff, tab, t }: { staff: StaffActor; tab: Tab; t: StaffMessages }) {
  const { title, tabs } = t.staff.settings
  return (
    <nav class="tabs" aria-label={title}>
      {openTabsOf(staff).map(([name, route]) => (
        <a href={href(route)} aria-current={name === tab ? "page" : undefined}>
          {tabs[name]}
        </a>
      ))}
    </nav>
  )
}
