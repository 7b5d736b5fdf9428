import { raw } from "hono/html"
import type { Child } from "hono/jsx"
import { assets } from "../../../.generated/assets.ts"
import type { MemberActor, Membership, StaffActor } from "../../domain/access/actor.ts"
import { roleName } from "../../domain/access/permissions.ts"
import { canOpen } from "../../http/router.ts"
import { href, type RouteName } from "../../routes.ts"
import type { Reseller } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { messagesFor } from "../../text/locales.ts"
import { isSandboxId, sandboxIdOf } from "../../text/sandbox-address.ts"
import type { StaffWords } from "../../text/staff/en.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { accentCss, BrandName, LogoMark } from "./brand.tsx"
import { failureTexts } from "./failure-texts.ts"
import { AccountContext, Form } from "./form.tsx"
import { LanguageSwitch, type SwitchOptions } from "./language-switch.tsx"
import { SandboxNotice } from "./sandbox-notice.tsx"
import { SearchLink, ShortcutRegion } from "./shortcuts.tsx"

const REQUEST_TIMEOUT_MS = 20_000

const HTMX_CONFIG = `includeIndicatorCSS:false, history:reload, defaultTimeout:${REQUEST_TIMEOUT_MS}`

/** `accent` is the URL of a reseller's accent stylesheet, for elements of the class `branded`. */
type DocumentProps = {
  title: string
  t: Messages
  theme?: string
  accent?: string | undefined
  children: Child
}

/** The HTML document of every page. */
export function Document({ title, t, theme, accent, children }: DocumentProps) {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={t.language.code} dir="ltr">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="htmx-config" content={HTMX_CONFIG} />
          <title>{title}</title>
          <link rel="icon" href={assets.icon} type="image/svg+xml" />
          <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="" />
          <link rel="stylesheet" href={assets.css} />
          {accent && <link rel="stylesheet" href={accent} />}
          <script src={assets.htmx} defer />
          <script src={assets.js} defer />
        </head>
        <body class={theme} {...failureTexts(t)}>
          {children}
        </body>
      </html>
    </>
  )
}

type NavItem = keyof StaffWords["layout"]["nav"]

const NAV_ITEMS = [
  ["Dashboard", "dashboard.show"],
  ["Customers", "customers.list"],
  ["Billing", "billing.list"],
  ["Settings", "settings.notifications.edit"],
] as const satisfies [name: NavItem, route: RouteName][]

type PageProps = {
  title: string
  /** How the language switch keeps the page's form. Without it, only a member's page has a switch. */
  languageSwitch?: SwitchOptions | undefined
  /** The primary action, beside the title. */
  action?: Child
  flash?: Child
  children: Child
}

/** A page for staff: navigation, title, primary action, content. */
export function StaffPage({ staff, navItem, ...page }: PageProps & { staff: StaffActor; navItem?: NavItem }) {
  const t = staffMessagesFor(staff.locale)
  const { id, name } = staff.reseller
  const isSandbox = isSandboxId(id)
  return (
    <AccountPage
      page={page}
      actor={staff}
      account={{ id, name: isSandbox ? t.sandbox.account(name) : name }}
      notice={isSandbox && <SandboxNotice staff={staff} t={t} />}
      t={t}
      home={href("dashboard.show")}
      role={roleName(t, staff.role)}
      search={<SearchLink t={t} />}
      dialogs={<ShortcutRegion staff={staff} />}
      nav={NAV_ITEMS.filter(([, route]) => canOpen(staff, route)).map(([name, route]) => (
        <a href={href(route)} aria-current={name === navItem ? "page" : undefined}>
          {t.staff.layout.nav[name]}
        </a>
      ))}
    />
  )
}

/** A page for the members of a customer, in their account or outside of it. */
export function MemberPage({
  member,
  isInAccount = true,
  languageSwitch = {},
  ...page
}: PageProps & { member: MemberActor; isInAccount?: boolean }) {
  const t = messagesFor(member.locale)
  return (
    <AccountPage
      page={{ ...page, languageSwitch }}
      actor={member}
      account={member.customer}
      notice={isSandboxId(member.reseller.id) && <p class="notice warning">{t.sandbox.notice}</p>}
      t={t}
      theme="branded"
      accent={accentCss(member.reseller)}
      home={href("account.show")}
      role={roleName(t, member.role)}
      nav={
        <a href={href("account.show")} aria-current={isInAccount ? "page" : undefined}>
          {t.layout.account}
        </a>
      }
    />
  )
}

type AccountPageProps = Pick<DocumentProps, "theme" | "accent"> & {
  actor: StaffActor | MemberActor
  account: { id: string; name: string }
  /** What every page of the account says at its top. */
  notice: Child
  t: Messages
  home: string
  role: string
  search?: Child
  nav: Child
  dialogs?: Child
  page: PageProps
}

function AccountPage({ actor, account, notice, t, home, role, search, nav, dialogs, page, ...look }: AccountPageProps) {
  const { title, action, flash, languageSwitch, children } = page
  return (
    <AccountContext actor={actor}>
      <Document title={`${isolate(title)} · ${isolate(account.name)}`} t={t} {...look}>
        <a class="skip-link" href="#main">
          {t.layout.skipToContent}
        </a>
        <header class="sidebar">
          <a class="brand" href={home}>
            <LogoMark />
            <span class="brand-name">{account.name}</span>
          </a>
          <AccountSwitcher accounts={actor.memberships} current={account.id} t={t} />
          {search}
          <nav aria-label={t.layout.navigation}>{nav}</nav>
          <CurrentUser {...{ actor, account, role, t }} />
        </header>
        <main id="main" tabindex={-1}>
          {notice}
          <div class="page-header">
            <h1>{title}</h1>
            {action}
          </div>
          <FlashRegion>{flash}</FlashRegion>
          {children}
          {languageSwitch && <LanguageSwitch t={t} {...languageSwitch} />}
        </main>
        {dialogs}
      </Document>
    </AccountContext>
  )
}

type GuestPageProps = {
  t: Messages
  title: string
  /** The reseller whose logo and accent the page shows, or the name of the product. */
  brand: Pick<Reseller, "name" | "logoId" | "accentColor"> | string
  isSandbox?: boolean
  footer?: Child
  /** How the language switch keeps the page's form; null for pages that staff alone see. */
  languageSwitch?: SwitchOptions | null
  children: Child
}

/** Signs out, on pages without the navigation. */
export function SignOutButton({ t, isPrimary = false }: { t: Messages; isPrimary?: boolean }) {
  return (
    <Form action={href("session.delete")}>
      <button class={isPrimary ? "button full-width" : "link"} type="submit">
        {t.layout.signOut}
      </button>
    </Form>
  )
}

/** A page for people who aren't signed in: brand, one card, footer. */
export function GuestPage({ t, title, brand, isSandbox, footer, languageSwitch, children }: GuestPageProps) {
  const reseller = typeof brand === "string" ? { name: brand, logoId: null, accentColor: null } : brand
  return (
    <Document
      title={`${isolate(title)} · ${isolate(reseller.name)}`}
      t={t}
      theme="guest branded"
      accent={accentCss(reseller)}
    >
      <main id="main">
        <p class="brand">
          <BrandName reseller={reseller} />
        </p>
        {isSandbox && <p class="notice warning">{t.sandbox.notice}</p>}
        <div class="card card-body">{children}</div>
        {footer && <div class="footer">{footer}</div>}
        {languageSwitch !== null && <LanguageSwitch t={t} {...languageSwitch} />}
      </main>
    </Document>
  )
}

/** Shows flash messages, and announces them to screen readers. Fragments can replace its content. */
function FlashRegion({ children }: { children?: Child }) {
  return (
    <div id="notice" role="status" aria-live="polite">
      {children}
    </div>
  )
}

export function Flash({ tone, children }: { tone: "success" | "danger" | "warning"; children: Child }) {
  return <p class={`notice ${tone}`}>{children}</p>
}

export const InviteCustomerButton = ({ t }: { t: StaffMessages }) => (
  <a class="button" href={href("customers.invites.new")}>
    {t.staff.layout.inviteCustomer}
  </a>
)

/** Lets a person with several accounts switch to another one. */
function AccountSwitcher({ accounts, current, t }: { accounts: Membership[]; current: string; t: Messages }) {
  if (accounts.length < 2) return null
  return (
    <details class="switcher">
      <summary>{t.layout.switchAccount}</summary>
      <Form action={href("account.switch")}>
        {accounts
          .filter(({ id }) => id !== current)
          .map((membership) => (
            <button
              class="link"
              type="submit"
              name={membership.kind === "staff" ? "reseller_id" : "customer_id"}
              value={membership.id}
            >
              {accountLabel(membership, t)}
            </button>
          ))}
      </Form>
    </details>
  )
}

function accountLabel({ kind, name, resellerName, isSandbox }: Membership, t: Messages): string {
  const reseller = isSandbox ? t.sandbox.account(resellerName) : resellerName
  return kind === "staff" ? t.layout.staffAccount(reseller) : t.layout.customerAccount(name, reseller)
}

function CurrentUser({ actor, account, role, t }: Pick<AccountPageProps, "actor" | "account" | "role" | "t">) {
  const query = actor.memberships.length > 1 ? { account: account.id } : {}
  return (
    <div class="current-user">
      <a class="name" href={href("profile.show", {}, query)}>
        {actor.name}
        <span class="visually-hidden"> · {t.layout.profile}</span>
      </a>
      <Form action={href("session.delete")}>
        {sandboxIdOf(actor.email) && <input type="hidden" name="sandbox" value={sandboxIdOf(actor.email)} />}
        <span class="role">{role} · </span>
        <button class="link muted" type="submit">
          {t.layout.signOut}
        </button>
      </Form>
    </div>
  )
}
