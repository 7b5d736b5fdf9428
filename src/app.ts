import type { Context, Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import { apiDocument, apiRoutes, httpExceptionProblem } from "./api/app.ts"
import { ApiError, errorResponse, HTTPS_REQUIRED, misconfiguredProblem } from "./api/problem-details.ts"
import { Failure } from "./domain/failure.ts"
import { requireStaff } from "./http/auth.ts"
import { authFor } from "./http/better-auth.ts"
import { createDeps } from "./http/bindings.ts"
import { keepBookmark } from "./http/bookmark.ts"
import { readClient } from "./http/client.ts"
import { type AppEnv, factory } from "./http/context.ts"
import { FixedPathRouter } from "./http/fixed-path-router.ts"
import { currentMessages } from "./http/language.ts"
import { limitForms, limitUrlAndHeaders } from "./http/limits.ts"
import { withTexts } from "./http/load-texts.ts"
import { logError } from "./http/log.ts"
import { setRetryAfter, toProblem } from "./http/problems.ts"
import { setRequestId } from "./http/request-id.ts"
import { logRequest } from "./http/request-log.ts"
import { csrfProtection, isInsecure, noReferrer, noStore, securityHeaders } from "./http/security.ts"
import { logRefusal, logSecurityEvent } from "./http/security-log.ts"
import { mustRestart } from "./http/session-proof.ts"
import { SettingsError } from "./http/settings.ts"
import type { Open } from "./http/shown-again.ts"
import { switchLanguage } from "./http/switch-language.ts"
import { isApiPath, LINK_ROOTS } from "./routes.ts"
import type { Messages } from "./text/en.ts"
import { accountRoutes } from "./web/account/home.tsx"
import { activityExportRoutes } from "./web/activity/export.ts"
import { activityRoutes } from "./web/activity/list.tsx"
import { sealRoutes } from "./web/activity/seals.tsx"
import { apiDocsRoutes } from "./web/api-docs/page.tsx"
import { billingAccountRoutes } from "./web/billing/edit.tsx"
import { billingRoutes } from "./web/billing/list.tsx"
import { editCustomerRoutes } from "./web/customers/edit.tsx"
import { customerListRoutes } from "./web/customers/list.tsx"
import { customerRoutes } from "./web/customers/show.tsx"
import { dashboardRoutes } from "./web/dashboard/show.tsx"
import { errorPage } from "./web/error-page.tsx"
import { healthRoutes } from "./web/health.ts"
import { importExportRoutes } from "./web/imports/export.ts"
import { importListRoutes } from "./web/imports/list.tsx"
import { importMappingRoutes } from "./web/imports/mapping.tsx"
import { showImportRoutes } from "./web/imports/show.tsx"
import { startImportRoutes } from "./web/imports/start.tsx"
import { bulkRoutes } from "./web/invites/bulk.tsx"
import { inviteExportRoutes } from "./web/invites/export.ts"
import { listInviteRoutes } from "./web/invites/list.tsx"
import { newInviteRoutes } from "./web/invites/new.tsx"
import { inviteRoutesFor, peopleRoutesFor } from "./web/invites/pages.ts"
import { invitePreviewRoutes } from "./web/invites/preview.tsx"
import { jobListRoutes } from "./web/jobs/list.tsx"
import { jobRoutes } from "./web/jobs/routes.ts"
import { showJobRoutes } from "./web/jobs/show.tsx"
import { mailEventRoutes } from "./web/mail/events.ts"
import { operatorRoutes } from "./web/operator/show.tsx"
import { operatorSignInRoutes } from "./web/operator/sign-in.tsx"
import { authenticatorRoutes } from "./web/profile/authenticator.tsx"
import { factorRoutes } from "./web/profile/factors.tsx"
import { passkeyRoutes } from "./web/profile/passkeys.tsx"
import { profileRoutes } from "./web/profile/routes.ts"
import { registerRoutes } from "./web/registration/accept.tsx"
import { declineRoutes } from "./web/registration/decline.tsx"
import { emailCodeRoutes } from "./web/registration/email-code.tsx"
import { invalidLinkRoutes, movedLinkRoutes, normalizeLinkPaths } from "./web/registration/malformed-links.tsx"
import { renewalRoutes } from "./web/registration/renew.tsx"
import { unsubscribeRoutes } from "./web/registration/unsubscribe.tsx"
import { shortcutRoutes } from "./web/search/shortcuts.tsx"
import { searchRoutes } from "./web/search/show.tsx"
import { confirmEmailRoutes } from "./web/session/confirm-email.tsx"
import { confirmBeforeForm, confirmIdentityRoutes } from "./web/session/confirm-identity.tsx"
import { forgotPasswordRoutes } from "./web/session/forgot-password.tsx"
import { passkeySignInRoutes } from "./web/session/passkey.tsx"
import { resetPasswordRoutes } from "./web/session/reset-password.tsx"
import { returnToForm } from "./web/session/return-to-form.tsx"
import { secondFactorRoutes } from "./web/session/second-factor.tsx"
import { signInBeforeForm, signInRoutes } from "./web/session/sign-in.tsx"
import { switchAccountRoutes } from "./web/session/switch-account.tsx"
import { apiKeyRoutes } from "./web/settings/api-keys.tsx"
import { companyRoutes } from "./web/settings/company.tsx"
import { inviteSettingsRoutes } from "./web/settings/invites.tsx"
import { mailboxRoutes } from "./web/settings/mailbox.tsx"
import { notificationSettingsRoutes } from "./web/settings/notifications.tsx"
import { privacyRoutes } from "./web/settings/privacy.tsx"
import { sandboxRoutes } from "./web/settings/sandbox.tsx"
import { securityRoutes } from "./web/settings/security.tsx"
import { staffRoutes } from "./web/settings/staff.tsx"
import { webhookListRoutes } from "./web/settings/webhooks/list.tsx"
import { newWebhookRoutes } from "./web/settings/webhooks/new.tsx"
import { showWebhookRoutes } from "./web/settings/webhooks/show.tsx"
import { brandRoutes } from "./web/ui/brand.tsx"

/** The whole service. `localRoutes` are the pages that only a developer's machine has. */
export function createApp(localRoutes: Hono<AppEnv>[] = []): Hono<AppEnv> {
  const app = factory.createApp()
  app.router = new FixedPathRouter() // as an option, the smallest preset of Hono would ignore it

  app.use(logRequest, setRequestId, securityHeaders)
  app.route("/", healthRoutes)

  app.use(withTexts)
  app.use(async (c, next) => {
    const deps = createDeps(c.env, (promise) => c.executionCtx.waitUntil(promise))
    c.set("deps", { ...deps, client: readClient(c) })
    c.set("auth", authFor(c.env))
    await next()
  })

  app.use(limitUrlAndHeaders)

  // An API key or a form that was sent in the clear is no secret anymore: only pages redirect, so that this doesn't stay unnoticed.
  app.use(async (c, next) => {
    if (!isInsecure(c)) return next()
    if (isApiPath(c.req.path)) {
      return errorResponse(c, new ApiError("https_required", HTTPS_REQUIRED))
    }
    const { protocol, pathname, search } = new URL(c.req.url)
    if (c.req.method === "GET" && protocol === "http:") {
      return c.redirect(c.var.deps.config.baseUrl + pathname + search, 301)
    }
    const t = currentMessages(c)
    return errorPage(c, t, { status: 403, code: "https_required", ...t.errorPage.insecure })
  })

  // The API. It ignores cookies, so it needs no protection against CSRF.
  app.route("/", apiRoutes(apiDocsRoutes(apiDocument)))

  // Signed requests of the email provider, which isn't a browser.
  app.route("/", mailEventRoutes)

  for (const root of LINK_ROOTS) app.use(`${root}/*`, noReferrer)
  app.use(noStore, csrfProtection, limitForms, normalizeLinkPaths, keepBookmark)
  const open: Open = (c, request) => app.fetch(request, c.env, c.executionCtx)
  app.use(switchLanguage(open), returnToForm(open))

  // The pages. Their routers check the permissions in routes.ts.
  app.route("/", signInRoutes)
  app.route("/", forgotPasswordRoutes)
  app.route("/", resetPasswordRoutes)
  app.route("/", confirmEmailRoutes)
  app.route("/", registerRoutes)
  app.route("/", emailCodeRoutes)
  app.route("/", renewalRoutes)
  app.route("/", declineRoutes)
  app.route("/", unsubscribeRoutes)
  app.route("/", invalidLinkRoutes)
  app.route("/", movedLinkRoutes)
  app.route("/", brandRoutes)
  app.route("/", operatorSignInRoutes)
  app.route("/", operatorRoutes)
  for (const routes of localRoutes) app.route("/", routes)
  app.route("/", passkeySignInRoutes)
  app.route("/", secondFactorRoutes)
  app.route("/", confirmIdentityRoutes)
  app.route("/", factorRoutes)
  app.route("/", passkeyRoutes)
  app.route("/", authenticatorRoutes)
  app.route("/", switchAccountRoutes)
  app.route("/", profileRoutes)
  app.route("/", accountRoutes)
  app.route("/", peopleRoutesFor("member"))
  app.route("/", dashboardRoutes)
  app.route("/", searchRoutes)
  app.route("/", shortcutRoutes)
  app.route("/", newInviteRoutes)
  app.route("/", invitePreviewRoutes)
  app.route("/", listInviteRoutes)
  app.route("/", inviteExportRoutes)
  app.route("/", bulkRoutes)
  app.route("/", jobListRoutes)
  app.route("/", showJobRoutes)
  app.route("/", jobRoutes)
  app.route("/", importListRoutes)
  app.route("/", importMappingRoutes)
  app.route("/", showImportRoutes)
  app.route("/", startImportRoutes)
  app.route("/", importExportRoutes)
  app.route("/", inviteRoutesFor("customer"))
  app.route("/", customerListRoutes)
  app.route("/", customerRoutes)
  app.route("/", editCustomerRoutes)
  app.route("/", billingRoutes)
  app.route("/", billingAccountRoutes)
  app.route("/", apiKeyRoutes)
  app.route("/", webhookListRoutes)
  app.route("/", newWebhookRoutes)
  app.route("/", showWebhookRoutes)
  app.route("/", companyRoutes)
  app.route("/", staffRoutes)
  app.route("/", peopleRoutesFor("staff"))
  app.route("/", notificationSettingsRoutes)
  app.route("/", inviteSettingsRoutes)
  app.route("/", privacyRoutes)
  app.route("/", securityRoutes)
  app.route("/", sandboxRoutes)
  app.route("/", mailboxRoutes)
  app.route("/", activityRoutes)
  app.route("/", activityExportRoutes)
  app.route("/", sealRoutes)

  // Unknown paths redirect to sign-in too, so that visitors can't find out which paths exist.
  app.use(requireStaff)

  app.notFound((c) => {
    const t = currentMessages(c)
    return errorPage(c, t, toProblem({ kind: "not_found" }, t))
  })

  app.onError(async (error, c) => {
    if (await mustRestart(c, error)) return app.fetch(c.req.raw, c.env, c.executionCtx)
    const t = currentMessages(c)
    if (error instanceof SettingsError) return misconfigured(c, t, error)
    if (error instanceof Failure) {
      if (error.reason.kind === "confirmation_required") return confirmBeforeForm(c)
      if (error.reason.kind === "signed_out") return signInBeforeForm(c)
      if (error.reason.kind === "rate_limited") setRetryAfter(c, error.reason.resetAt)
      logRefusal(c, error.reason)
      return errorPage(c, t, toProblem(error.reason, t))
    }
    if (error instanceof HTTPException && error.status < 500) return refused(c, t, error)
    logError("a request failed", error, { requestId: c.var.requestId })
    return errorPage(c, t, { status: 500, code: "internal_error", ...t.errorPage.internal }, c.var.requestId)
  })
  return app
}

const OVERSIZED = [413, 414, 431]

/** The response to a request that is refused before a handler has read it. */
function refused(c: Context<AppEnv>, t: Messages, { status }: HTTPException) {
  if (OVERSIZED.includes(status)) logSecurityEvent(c, { event: "input_refused", status })
  if (isApiPath(c.req.path)) return httpExceptionProblem(c, status)
  const problem = { status: status as 403, code: "refused" }
  if (status === 413) return errorPage(c, t, { ...problem, ...t.errorPage.formTooLarge })
  if (status === 414) return errorPage(c, t, { ...problem, ...t.errorPage.urlTooLong })
  if (status === 431) return errorPage(c, t, { ...problem, ...t.errorPage.headersTooLarge })
  return errorPage(c, t, { ...problem, ...t.errorPage.badForm })
}

/** The response to every request while a setting is missing or malformed. */
function misconfigured(c: Context<AppEnv>, t: Messages, error: SettingsError) {
  logError("the service is stopped: its settings are invalid", error, { requestId: c.var.requestId })
  if (isApiPath(c.req.path)) return misconfiguredProblem(c, error.message)
  return errorPage(c, t, { status: 503, code: "misconfigured", ...t.errorPage.internal, detail: error.message })
}
