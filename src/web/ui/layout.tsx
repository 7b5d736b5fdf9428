import { raw } from "hono/html"
import type { Child } from "hono/jsx"
import { assets } from "../../../.generated/assets.ts"
import type { MemberActor, Preferences, StaffActor } from "../../domain/access/actor.ts"
import { canOpen } from "../../http/router.ts"
import { href, type RouteName } from "../../routes.ts"
import type { Reseller } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { messagesFor } from "../../text/locales.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import type { StaffWords } from "../../text/staff/en.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { openTabs } from "../settings/tab-list.ts"
import { AccountSwitcher } from "./account-switcher.tsx"
import { AccountBrand, accentCss, BrandName } from "./brand.tsx"
import { failureTexts } from "./failure-texts.ts"
import { AccountContext } from "./form.tsx"
import { LanguageSwitch, type SwitchOptions } from "./language-switch.tsx"
import { oncePerRole } from "./once-per-role.ts"
import { ProfileMenu } from "./profile-menu.tsx"
import { SandboxNotice } from "./sandbox-notice.tsx"
import { SearchLink, ShortcutRegion } from "./shortcuts.tsx"

const REQUEST_TIMEOUT_MS = 20_000

const HTMX_CONFIG = `includeIndicatorCSS:false, history:reload, defaultTimeout:${REQUEST_TIMEOUT_MS}`

/**
 * `accent` is the URL of a reseller's accent stylesheet, for elements of the class `branded`. `preferences`: of the person who is signed
 * in. base.css and public/app/times.js read them from the root element.
 */
type DocumentProps = {
  title: string
  t: Messages
  bodyClass?: string
  accent?: string | undefined
  /** The URL of the stylesheet, if it isn't that of all pages. */
  stylesheet?: string
  /** The URL of the stylesheet of what only a few pages have. */
  css?: string | undefined
  preferences?: Preferences | undefined
  /** Outside of an account, pages need no htmx. */
  isGuest?: boolean
  children: Child
}

const AppScripts = () => (
  <>
    <script src={assets.htmx} defer />
    <script src={assets.js} defer />
  </>
)

/** The HTML document of every page. */
export function Document({
  title,
  t,
  bodyClass,
  accent,
  stylesheet = assets.css,
  css,
  preferences,
  isGuest,
  children,
}: DocumentProps) {
  const theme = preferences && preferences.theme !== "system" ? preferences.theme : undefined
  return (
    <>
      {raw("<!doctype html>")}
      <html
        lang={t.language.code}
        dir="ltr"
        data-theme={theme}
        data-time-zone={preferences?.chosenTimeZone ?? undefined}
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content={theme ?? "light dark"} />
          {!isGuest && <meta name="htmx-config" content={HTMX_CONFIG} />}
          <title>{title}</title>
          <script src={assets.early} />
          <link rel="icon" href={assets.icon} type="image/svg+xml" />
          <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="" />
          <link rel="stylesheet" href={stylesheet} />
          {css && <link rel="stylesheet" href={css} />}
          <link media="(forced-colors: active)" rel="stylesheet" href={assets.contrastCss} />
          <link media="print" rel="stylesheet" href={assets.printCss} />
          {accent && <link rel="stylesheet" href={accent} />}
          {isGuest ? <script src={assets.guest} defer /> : <AppScripts />}
        </head>
        <body class={bodyClass} {...failureTexts(t)}>
          {children}
        </body>
      </html>
    </>
  )
}

/** The title of a document: what it is about, from the smallest to the largest. */
const joinTitles = (...titles: (string | undefined)[]) =>
  titles.flatMap((title) => (title ? [isolate(title)] : [])).join(" · ")

type NavItem = keyof StaffWords["layout"]["nav"]

const NAV_ITEMS = [
  ["Dashboard", "dashboard.show"],
  ["Customers", "customers.list"],
  ["Billing", "billing.list"],
  ["Activity", "activity.list"],
] as const satisfies [name: NavItem, route: RouteName][]

/** What the person can open. Settings open on the first of their tabs. */
const navPaths = oncePerRole((role): [name: NavItem, path: string][] => {
  const items = NAV_ITEMS.filter(([, route]) => canOpen(role, route))
  const [firstTab] = openTabs(role)
  return [
    ...items.map(([name, route]): [NavItem, string] => [name, href(route)]),
    ...(firstTab ? [["Settings", href(firstTab[1])] as [NavItem, string]] : []),
  ]
})

type PageProps = {
  title: string
  /** What the title of the document begins with, if that isn't the title of the page. */
  documentTitle?: (string | undefined)[]
  /** The form of the page, which a change of the language keeps. */
  formId?: string | undefined
  /** A link to the page above, above the title. */
  back?: Child
  /** The primary action, beside the title. */
  action?: Child
  flash?: Child
  css?: DocumentProps["css"]
  children?: Child
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
      search={<SearchLink t={t} />}
      dialogs={<ShortcutRegion staff={staff} />}
      nav={navPaths(staff).map(([name, path]) => (
        <a href={path} aria-current={name === navItem ? "page" : undefined}>
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
  ...page
}: PageProps & { member: MemberActor; isInAccount?: boolean }) {
  const t = messagesFor(member.locale)
  return (
    <AccountPage
      page={page}
      actor={member}
      account={member.customer}
      notice={isSandboxId(member.reseller.id) && <p class="notice warning">{t.sandbox.notice}</p>}
      t={t}
      bodyClass="branded"
      accent={accentCss(member.reseller)}
      home={href("account.show")}
      nav={
        <a href={href("account.show")} aria-current={isInAccount ? "page" : undefined}>
          {t.layout.account}
        </a>
      }
    />
  )
}

type AccountPageProps = Pick<DocumentProps, "bodyClass" | "accent"> & {
  actor: StaffActor | MemberActor
  account: { id: string; name: string }
  /** What every page of the account says at its top. */
  notice: Child
  t: Messages
  home: string
  search?: Child
  nav: Child
  dialogs?: Child
  page: PageProps
}

function AccountPage({ actor, account, notice, t, home, search, nav, dialogs, page, ...look }: AccountPageProps) {
  const { title, documentTitle = [title], back, action, flash, formId, css, children } = page
  return (
    <AccountContext actor={actor}>
      <Document title={joinTitles(...documentTitle, account.name)} t={t} preferences={actor} css={css} {...look}>
        <a class="skip-link" href="#main">
          {t.layout.skipToContent}
        </a>
        <header class="sidebar">
          <a class="brand" href={home}>
            <AccountBrand reseller={actor.reseller} name={account.name} />
          </a>
          <AccountSwitcher accounts={actor.memberships} current={account.id} t={t} />
          {search}
          <nav aria-label={t.layout.navigation}>{nav}</nav>
          <ProfileMenu {...{ actor, t, formId }} accountId={account.id} />
        </header>
        <main id="main" tabindex={-1}>
          {notice}
          {back && <p class="back">{back}</p>}
          <div class="page-header">
            <h1>{title}</h1>
            {action}
          </div>
          <FlashRegion t={t}>{flash}</FlashRegion>
          {children}
        </main>
        {dialogs}
      </Document>
    </AccountContext>
  )
}

type GuestPageProps = {
  t: Messages
  title: string
  /** The reseller whose logo and accent the page shows, or the name of the platform; undefined if its settings are invalid. */
  brand: Pick<Reseller, "name" | "logoId" | "accentColor"> | string | undefined
  isSandbox?: boolean
  footer?: Child
  /** How the language switch keeps the page's form; null for pages that staff alone see. */
  languageSwitch?: SwitchOptions | null
  /** Of a person who is signed in without an account. */
  preferences?: Preferences
  usesHtmx?: boolean
  children: Child
}

/** A page for people who aren't signed in: brand, one card, footer. */
export function GuestPage({ t, title, brand, isSandbox, footer, languageSwitch, usesHtmx, ...page }: GuestPageProps) {
  const reseller = typeof brand === "string" ? { name: brand, logoId: null, accentColor: null } : brand
  return (
    <Document
      title={joinTitles(title, reseller?.name)}
      t={t}
      bodyClass="guest branded"
      css={assets.guestCss}
      accent={reseller && accentCss(reseller)}
      preferences={page.preferences}
      isGuest={!usesHtmx}
    >
      <main id="main">
        {reseller && (
          <p class="brand">
            <BrandName reseller={reseller} />
          </p>
        )}
        {isSandbox && <p class="notice warning">{t.sandbox.notice}</p>}
        <div class="card card-body">{page.children}</div>
        {footer && <div class="footer">{footer}</div>}
        {languageSwitch !== null && <LanguageSwitch t={t} {...languageSwitch} />}
      </main>
    </Document>
  )
}

/**
 * Where flash messages stand, and are announced to screen readers. Fragments can replace its content. public/app/toasts.js lets them be
 * dismissed.
 */
function FlashRegion({ t, children }: { t: Messages; children?: Child }) {
  return (
    <div id="notice" role="status" aria-live="polite" aria-atomic="false" data-dismiss={t.layout.dismiss}>
      {children}
    </div>
  )
}

export type Tone = "success" | "danger" | "warning"

export function Flash({ tone, children }: { tone: Tone; children: Child }) {
  return <p class={`notice ${tone}`}>{children}</p>
}

export const InviteCustomerButton = ({ t }: { t: StaffMessages }) => (
  <a class="button" href={href("customers.invites.new")}>
    {t.staff.layout.inviteCustomer}
  </a>
)
