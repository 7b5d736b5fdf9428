import type { Context } from "hono"
import { acceptInvite } from "../domain/accepting.ts"
import { chooseAccount } from "../domain/account-choice.ts"
import { openRegistration, recordProgress } from "../domain/registration.ts"
import { repairLink } from "../domain/registration-link.ts"
import { signedIn } from "../http/actors.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { answerRegistration } from "./registration-page.tsx"

export const registerRoutes = factory.createApp()

registerRoutes.on("GET", ["/register", "/register/"], (c) => answerRegistration(c, "", { state: "mangled" }))

// Whatever follows, slashes too: what is left of a link is mended, or explained.
registerRoutes.get("/register/:token{[^]+}", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const repaired = await repairLink(deps.linkKeys, token, "registration")
  if (repaired) return redirect(c, `/register/${repaired}`)
  const person = await signedIn(c)
  return answerRegistration(c, token, await openRegistration(deps, token, person?.user))
})

registerRoutes.post("/register/:token", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const typed = await readForm(c)
  const person = await signedIn(c)
  const acceptance = await acceptInvite(deps, token, typed, person?.user)
  if (!acceptance.done) {
    const { registration, errors } = acceptance
    if (errors.length > 0) await recordProgress(deps, token, "started", person?.user)
    if (registration.state === "unproven") return answerRegistration(c, token, registration, { status: 403 })
    return answerRegistration(c, token, registration, { typed, errors })
  }
  const { userId, resellerId, customerId } = acceptance
  const joined = customerId ? { customerId } : { resellerId }
  if (person) await chooseAccount(deps, { id: person.sessionId, userId }, joined)
  else await openSession(c, userId) // which begins in the account that was joined last
  return redirect(c, customerId ? "/account" : "/")
})

// By the page's script: shown to somebody, and begun to be filled in.
registerRoutes.post("/register/:token/opening", (c) => answerProgress(c, c.req.param("token"), "opened"))
registerRoutes.post("/register/:token/start", (c) => answerProgress(c, c.req.param("token"), "started"))

async function answerProgress(c: Context<Vestibule>, token: string, step: "opened" | "started") {
  const person = await signedIn(c)
  await recordProgress(c.var.deps, token, step, person?.user)
  return c.body(null, 204)
}

async function openSession(c: Context<Vestibule>, userId: string): Promise<void> {
  const { headers } = await c.var.identity.api.signInAccepted({ body: { userId }, returnHeaders: true })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
}
