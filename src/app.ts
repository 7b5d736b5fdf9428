import { HTTPException } from "hono/http-exception"
import { requestId } from "hono/request-id"
import { apiDocument, apiRoutes } from "./api/routes.ts"
import { Failure } from "./domain/failure.ts"
import { anybodySignedIn, memberOnly, staffOnly } from "./http/actors.ts"
import { factory } from "./http/context.ts"
import { depsOf } from "./http/deps.ts"
import { problemOf } from "./http/failures.ts"
import { identityOf } from "./http/identity.ts"
import { logError } from "./http/log.ts"
import { ownForms, personalPages, secretAddress, securityHeaders } from "./http/security.ts"
import { mailboxRoutes } from "./local/mailbox.tsx"
import { accountChoiceRoutes, accountRoutes } from "./web/account.tsx"
import { activityRoutes } from "./web/activity.tsx"
import { apiDocsRoutes } from "./web/api-docs.tsx"
import { apiKeyRoutes } from "./web/api-keys.tsx"
import { billingRoutes } from "./web/billing.tsx"
import { billingAccountRoutes } from "./web/billing-account.tsx"
import { brandRoutes } from "./web/brand.tsx"
import { companyRoutes } from "./web/company.tsx"
import { customerRoutes } from "./web/customers.tsx"
import { dashboardRoutes } from "./web/dashboard.tsx"
import { declineRoutes } from "./web/decline.tsx"
import { answerProblem } from "./web/failure-page.tsx"
import { inviteFormRoutes } from "./web/invite-form.tsx"
import { inviteSettingsRoutes } from "./web/invite-settings.tsx"
import { inviteRoutes } from "./web/invites.tsx"
import { lostLinkRoutes, straightenLinks } from "./web/link-paths.tsx"
import { mailSettingsRoutes } from "./web/mail-settings.tsx"
import { mailboxProofRoutes } from "./web/mailbox-proof.tsx"
import { invitesAt, peopleAt } from "./web/place-routes.tsx"
import { registerRoutes } from "./web/register.tsx"
import { renewalRoutes } from "./web/renewal.tsx"
import { signInRoutes } from "./web/sign-in.tsx"
import { staffRoutes } from "./web/staff.tsx"
import { oneWebhookRoutes } from "./web/webhook.tsx"
import { webhookRoutes } from "./web/webhooks.tsx"

export const app = factory.createApp()

app.use(requestId(), securityHeaders)
app.use(async (c, next) => {
  c.set(
    "deps",
    depsOf(c.env, (promise) => c.executionCtx.waitUntil(promise)),
  )
  c.set("identity", identityOf(c.env))
  await next()
})

// Programs: JSON, by API key. No cookie counts here, so that nothing can be forged with one.
app.route("/api", apiRoutes(apiDocsRoutes(apiDocument)))

app.use("/register/*", secretAddress).use("/decline/*", secretAddress)
app.use(personalPages, ownForms, straightenLinks)

// Open to all. test/walls.test.ts lists these routes; everything below the guards is closed.
app.route("/", signInRoutes)
app.route("/", registerRoutes)
app.route("/", mailboxProofRoutes)
app.route("/", renewalRoutes)
app.route("/", declineRoutes)
app.route("/", lostLinkRoutes)
app.route("/", brandRoutes)
app.route("/", mailboxRoutes) // answers only where ENVIRONMENT=local

// Whoever is signed in goes from one of their accounts to another.
app.use("/account/choice", anybodySignedIn)
app.route("/", accountChoiceRoutes)

// A customer's own people.
app.use("/account/*", memberOnly)
app.route("/", accountRoutes)
app.route("/", peopleAt("member"))

// The reseller's staff: whatever else there is.
app.use(staffOnly)
app.route("/", dashboardRoutes)
app.route("/", inviteFormRoutes)
app.route("/", inviteRoutes)
app.route("/", invitesAt("customer"))
app.route("/", customerRoutes)
app.route("/", billingRoutes)
app.route("/", billingAccountRoutes)
app.route("/", apiKeyRoutes)
app.route("/", webhookRoutes)
app.route("/", oneWebhookRoutes)
app.route("/", companyRoutes)
app.route("/", staffRoutes)
app.route("/", peopleAt("staff"))
app.route("/", mailSettingsRoutes)
app.route("/", inviteSettingsRoutes)
app.route("/", activityRoutes)

app.notFound((c) => answerProblem(c, problemOf({ kind: "not_found" })))

app.onError((error, c) => {
  if (error instanceof Failure) return answerProblem(c, problemOf(error.reason))
  if (error instanceof HTTPException && error.status < 500) {
    const detail = "This form did not arrive as our pages send it. Open the page again and retry."
    return answerProblem(c, { status: error.status as 403, code: "refused", title: "Not accepted", detail })
  }
  logError("a request failed", error, { requestId: c.var.requestId })
  const detail = "Something went wrong on our side. Nothing was lost: try again in a moment."
  return answerProblem(c, { status: 500, code: "internal_error", title: "Not your fault", detail }, c.var.requestId)
})
