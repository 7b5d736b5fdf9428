import type { Context } from "hono"
import type { AppEnv } from "../http/context.ts"
import { isHtmxRequest } from "../http/htmx.ts"
import type { Problem } from "../http/problems.ts"
import { href } from "../routes.ts"
import type { Messages } from "../text/en.ts"
import { Flash, GuestPage, SignOutButton } from "./ui/layout.tsx"

/** Failures after which a person can only sign out. */
const SIGN_OUT_ONLY = ["no_active_account", "reseller_suspended"]

/** Shows a failure as a page, or for htmx as a flash message on the current page. */
export function errorPage(
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
  return c.html(
    <GuestPage
      t={t}
      title={title}
      brand={c.var.deps?.config.platformName ?? "Vestibule"}
      languageSwitch={c.var.staff ? null : {}}
    >
      <h1>{title}</h1>
      <p class="muted">{detail}</p>
      {requestId && <p class="muted">{t.errorPage.requestId(requestId)}</p>}
      {SIGN_OUT_ONLY.includes(code) ? (
        <SignOutButton t={t} isPrimary />
      ) : (
        <p>
          <a class="button full-width" href={href("dashboard.show")}>
            {t.errorPage.home}
          </a>
        </p>
      )}
    </GuestPage>,
    status,
  )
}
