import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { loadProfile } from "../../domain/identity/profile.ts"
import type { AppEnv } from "../../http/context.ts"
import { requestedAccountId } from "../../http/form-account.ts"
import { emptyForm, type FormState } from "../../http/forms.ts"
import { currentMessages } from "../../http/language.ts"
import { href } from "../../routes.ts"
import { type FlashKey, flash, flashFromUrl } from "../ui/flash.tsx"
import { Flash, GuestPage, MemberPage, StaffPage } from "../ui/layout.tsx"
import { SignOutButton } from "../ui/sign-out-button.tsx"
import { EmailCard } from "./email.tsx"
import { FactorCards } from "./factors.tsx"
import { NameCard } from "./name.tsx"
import { NoPasswordCard, PasswordCard } from "./password.tsx"
import { PreferencesCard } from "./preferences.tsx"
import { SessionsCard } from "./sessions.tsx"

/** The forms that a card shows again, with their errors. */
type ProfileForms = { preferences?: FormState; name?: FormState; password?: FormState; email?: FormState }

type ProfileOptions = { forms?: ProfileForms; errorMessage?: string; status?: 422 | 429 | 503 }

/** Responds with a person's own page. Each card is a component with a file of its own. */
export async function renderProfile(c: Context<AppEnv>, { forms = {}, errorMessage, status }: ProfileOptions = {}) {
  const { deps, sessionUser } = c.var
  const { user, sessionId } = sessionUser
  const t = currentMessages(c)
  const { factors, emailChange: change, sessions } = await loadProfile(deps, user.id)
  return c.html(
    <ProfileLayout c={c} flash={errorMessage ? <Flash tone="danger">{errorMessage}</Flash> : flashFromUrl(c, { t })}>
      <NameCard t={t} userId={user.id} form={forms.name ?? emptyForm({ name: user.name })} />
      <PreferencesCard
        t={t}
        form={forms.preferences ?? emptyForm({ theme: user.theme, time_zone: user.chosenTimeZone ?? "" })}
      />
      {factors.hasPassword ? (
        <PasswordCard t={t} form={forms.password ?? emptyForm()} email={user.email} />
      ) : (
        <NoPasswordCard t={t} email={user.email} />
      )}
      <EmailCard
        {...{ t, userId: user.id, change, email: user.email }}
        asksPassword={factors.hasPassword && !sessionUser.hasSecondFactor}
        form={forms.email ?? emptyForm()}
      />
      <FactorCards {...{ t, factors }} account={requestedAccountId(c)} now={deps.now()} />
      <SessionsCard {...{ t, sessions, sessionId }} now={deps.now()} />
    </ProfileLayout>,
    status ?? 200,
  )
}

/** The path of the profile in the account that it was opened from. */
export function profilePath(c: Context<AppEnv>, key?: FlashKey): string {
  return href("profile.show", {}, { ...(key && flash(key)), account: requestedAccountId(c) })
}

type ProfileLayoutProps = {
  c: Context<AppEnv>
  title?: string
  flash?: Child
  formId?: string
  children: Child
}

/** The layout of the account that the profile was opened from. A person without an account has a profile too. */
export function ProfileLayout({ c, title: pageTitle, ...page }: ProfileLayoutProps) {
  const { staff, member } = c.var
  const t = currentMessages(c)
  const title = pageTitle ?? t.profile.title
  if (staff) return <StaffPage {...{ staff, title }} {...page} />
  if (member) return <MemberPage {...{ member, title }} isInAccount={false} {...page} />
  return (
    <GuestPage
      {...{ t, title }}
      preferences={c.var.sessionUser.user}
      brand={c.var.deps.config.platformName}
      languageSwitch={{ formId: page.formId }}
      usesHtmx
    >
      <h1>{title}</h1>
      {page.flash}
      {page.children}
      <SignOutButton t={t} />
    </GuestPage>
  )
}
