import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { findResellerOfLink } from "../domain/invites/link-contact.ts"
import type { AppEnv } from "../http/context.ts"
import { isHtmxRequest } from "../http/htmx.ts"
import { logError } from "../http/log.ts"
import type { Problem } from "../http/problems.ts"
import { href, registrationToken } from "../routes.ts"
import type { Reseller } from "../storage/schema.ts"
import type { Messages } from "../text/en.ts"
import { LinkFooter } from "./registration/layout.tsx"
import { Flash, GuestPage, MemberPage, StaffPage } from "./ui/layout.tsx"
import { SignOutButton } from "./ui/sign-out-button.tsx"

/** Failures after which a person can only sign out. */
const SIGN_OUT_ONLY = ["no_active_account", "reseller_suspended"]

/**
 * Shows a failure as a page, or for htmx as a flash message on the current page. In an account, it is a page of the account; at a
 * registration link, it has the brand and the support contact of its reseller.
 */
export async function errorPage(
  c: Context<AppEnv>,
  t: Messages,
  { status, title, detail, code }: Problem,
  requestId?: string,
) {
  if (isHtmxRequest(c)) {
    c.header("HX-Retarget", "#notice")
    c.header("HX-Reselect", ".notice") // a list would look for its rows
    c.header("HX-Reswap", "innerHTML")
    return c.html(<Flash tone="danger">{detail}</Flash>, status)
  }
  const { deps, staff, member } = c.var
  const text = (
    <>
      <p class="muted">{detail}</p>
      {requestId && <p class="muted">{t.errorPage.requestId(requestId)}</p>}
    </>
  )
  const home = href(member ? "account.show" : "dashboard.show")
  const inAccount = (
    <section class="card card-body stack">
      {text}
      <div class="buttons">
        <a class="button" href={home}>
          {t.errorPage.home}
        </a>
      </div>
    </section>
  )
  if (staff) return c.html(<StaffPage {...{ staff, title }}>{inAccount}</StaffPage>, status)
  if (member) return c.html(<MemberPage {...{ member, title }}>{inAccount}</MemberPage>, status)
  const token = registrationToken(c.req.path)
  const reseller = deps && token ? await findReseller(c, token) : undefined
  const platformName = deps?.config.platformName
  return c.html(
    <GuestPage
      t={t}
      title={title}
      brand={reseller ?? platformName}
      footer={reseller && <LinkFooter {...{ t, reseller, platformName }} />}
    >
      <h1>{title}</h1>
      {text}
      {SIGN_OUT_ONLY.includes(code) ? (
        <SignOutButton t={t} isPrimary />
      ) : reseller && token ? (
        <NextStep path={href("registration.show", { token })}>{t.errorPage.backToInvite}</NextStep>
      ) : (
        <NextStep path={home}>{t.errorPage.home}</NextStep>
      )}
    </GuestPage>,
    status,
  )
}

const NextStep = ({ path, children }: { path: string; children: Child }) => (
  <p>
    <a class="button full-width" href={path}>
      {children}
    </a>
  </p>
)

/** The reseller behind a link, unless it can't be read: the page may be about the same failure. */
async function findReseller(c: Context<AppEnv>, token: string): Promise<Reseller | undefined> {
  try {
    return await findResellerOfLink(c.var.deps, token, "registration")
  } catch (error) {
    logError("the brand of an error page can't be read", error, { requestId: c.var.requestId })
    return undefined
  }
}
