import type { MemberActor, StaffActor } from "../../domain/access/actor.ts"
import { roleName } from "../../domain/access/permissions.ts"
import { canOpen } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { THEMES } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { LOCALES } from "../../text/locales.ts"
import { sandboxIdOf } from "../../text/sandbox-address.ts"
import { STAFF_LOCALES, staffWordsOf } from "../../text/staff/locales.ts"
import { PREFERENCES_ID } from "../profile/preferences.tsx"
import { Form } from "./form.tsx"
import { LanguageSwitch } from "./language-switch.tsx"

type ProfileMenuProps = {
  actor: StaffActor | MemberActor
  accountId: string
  t: Messages
  /** The form of the page, whose fields public/app/menus.js posts along with a change of the language. */
  formId?: string | undefined
}

/** What belongs to the person rather than to the account. public/app/menus.js closes it. */
export function ProfileMenu({ actor, accountId, t, formId }: ProfileMenuProps) {
  const profile = href("profile.show", {}, actor.memberships.length > 1 ? { account: accountId } : {})
  const { themeLabel, themes, timeZone } = t.profile.preferences
  return (
    <details class="menu profile-menu">
      <summary>
        <span class="avatar" aria-hidden="true">
          {initialsOf(actor.name)}
        </span>
        <span class="current-user">
          <span>{actor.name}</span> <span class="muted">{roleName(t, actor.role)}</span>
        </span>
      </summary>
      <div class="menu-panel">
        <p class="menu-person">
          <span class="emphasis">{actor.name}</span> <span class="muted">{roleName(t, actor.role)}</span>
        </p>
        <a href={profile}>{t.layout.profile}</a>
        {actor.kind === "staff" && canOpen(actor, "settings.notifications.edit") && (
          <a href={href("settings.notifications.edit")}>{staffWordsOf(t).settings.tabs.notifications}</a>
        )}
        <a href={`${profile}#${PREFERENCES_ID}`}>
          {timeZone} <span class="muted">{actor.timeZone.replaceAll("_", " ")}</span>
        </a>
        <p class="menu-label">{themeLabel}</p>
        <Form class="choices" action={href("profile.changePreferences")} aria-label={themeLabel}>
          {THEMES.map((name) => (
            <button type="submit" name="theme" value={name} aria-current={name === actor.theme ? "true" : undefined}>
              {themes[name]}
            </button>
          ))}
        </Form>
        <p class="menu-label">{t.inviteForm.language}</p>
        <LanguageSwitch
          t={t}
          isInMenu
          locales={actor.kind === "staff" ? STAFF_LOCALES : LOCALES}
          laterFormId={formId}
        />
        <Form action={href("session.delete")}>
          {sandboxIdOf(actor.email) && <input type="hidden" name="sandbox" value={sandboxIdOf(actor.email)} />}
          <button type="submit">{t.layout.signOut}</button>
        </Form>
      </div>
    </details>
  )
}

/** `DO` for Dana Ortiz, `张` for 张伟. */
function initialsOf(name: string): string {
  const words = name.split(" ").filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "")
  return letters.join("").toLocaleUpperCase()
}
