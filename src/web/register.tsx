import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { FieldError } from "../domain/failure.ts"
import { PASSWORD_MIN } from "../domain/password.ts"
import { acceptInvite, openRegistration, type Registration, recordOpening } from "../domain/registration.ts"
import { repairLink } from "../domain/registration-link.ts"
import { maskedEmail } from "../domain/text.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { errorOf, type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { secretAddress } from "../http/security.ts"
import { Field } from "./fields.tsx"
import { NarrowPage } from "./layout.tsx"
import { Foot, MangledLink, RenewalForm } from "./link-pages.tsx"
import { Day, When } from "./when.tsx"

export const registerRoutes = factory.createApp()

registerRoutes.use("/register/:token", secretAddress)

registerRoutes.get("/register/:token", async (c) => {
  const repaired = await repairLink(c.var.deps.linkKeys, c.req.param("token"), "registration")
  if (repaired) return redirect(c, `/register/${repaired}`)
  const registration = await openRegistration(c.var.deps, c.req.param("token"))
  return answer(c, registration, {}, [])
})

registerRoutes.post("/register/:token", async (c) => {
  const { deps, identity } = c.var
  const typed = await readForm(c)
  const acceptance = await acceptInvite(deps, c.req.param("token"), typed)
  if (!acceptance.done) return answer(c, acceptance.registration, typed, acceptance.errors)
  const { headers } = await identity.api.signInAccepted({ body: { userId: acceptance.userId }, returnHeaders: true })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
  return redirect(c, "/account")
})

registerRoutes.use("/register/:token/opening", secretAddress)

registerRoutes.post("/register/:token/opening", async (c) => {
  await recordOpening(c.var.deps, c.req.param("token"))
  return c.body(null, 204)
})

const STATUSES = {
  valid: 200,
  mangled: 404,
  superseded: 410,
  expired: 410,
  used: 409,
  revoked: 410,
  declined: 410,
} as const

function answer(
  c: Context<Vestibule>,
  registration: Registration,
  typed: Record<string, string>,
  errors: FieldError[],
) {
  const status = errors.length > 0 ? 422 : STATUSES[registration.state]
  const { platformName, termsUrl } = c.var.deps.config
  const page = { typed, errors, platformName, termsUrl, now: c.var.deps.now(), action: new URL(c.req.url).pathname }
  return c.html(<RegistrationPage registration={registration} {...page} />, status)
}

type PageProps = {
  registration: Registration
  typed: Record<string, string>
  errors: FieldError[]
  platformName: string
  termsUrl: string
  action: string
  now: Date
}

/** One page for every state of a registration link, each with the right next step. */
function RegistrationPage({ registration, ...page }: PageProps) {
  if (registration.state === "mangled") return <MangledLink brand={page.platformName} />
  const { invite, reseller } = registration
  const foot = <Foot reseller={reseller} platformName={page.platformName} />
  const told = (title: string, words: Child, next?: Child) => (
    <NarrowPage title={title} brand={reseller.name} foot={foot}>
      <h1>{title}</h1>
      <p class="soft">{words}</p>
      {next}
    </NarrowPage>
  )
  const signIn = (
    <a class="button wide" href="/sign-in">
      Sign in
    </a>
  )
  switch (registration.state) {
    case "valid":
      return <RegistrationForm {...page} {...registration} foot={foot} />
    case "superseded":
      return told(
        "There is a newer link",
        <>
          A newer link was sent to {maskedEmail(invite.contactEmail)}{" "}
          <When at={invite.resentAt ?? invite.createdAt} now={page.now} />. Open the latest e-mail from {reseller.name}{" "}
          and use the link there.
        </>,
        <RenewalForm action={page.action} isSecondary />,
      )
    case "expired":
      return told(
        "This link has expired",
        <>
          It worked until <Day at={invite.expiresAt} now={page.now} />. A new one can be sent to{" "}
          {maskedEmail(invite.contactEmail)}, where the invite went.
        </>,
        <RenewalForm action={page.action} />,
      )
    case "used":
      return told(
        "You already have an account",
        `${invite.companyName} was set up with this invite. Sign in with the address it was sent to, ${maskedEmail(invite.contactEmail)}.`,
        signIn,
      )
    case "revoked":
      return told("This invite was withdrawn", `${reseller.name} withdrew it. If that surprises you, ask them below.`)
    case "declined":
      return told("This invite was declined", `If you want to join after all, ask ${reseller.name} to send it again.`)
  }
}

type FormProps = Omit<PageProps, "registration"> & Extract<Registration, { state: "valid" }> & { foot: Child }

function RegistrationForm({ invite, reseller, inviterName, hasAccount, foot, ...page }: FormProps) {
  const form: FormState = {
    values: { name: invite.contactName, ...page.typed, email: invite.contactEmail },
    errors: page.errors,
  }
  const termsError = errorOf(form, "accept_terms")
  return (
    <NarrowPage title={`Set up ${invite.companyName}`} brand={reseller.name} foot={foot}>
      <h1>Set up {invite.companyName}</h1>
      <p class="soft">
        {inviterName ? `${inviterName} of ${reseller.name}` : reseller.name} invited you. You will be the Admin of the
        new account, responsible for inviting your colleagues.
      </p>
      <div hx-post={`${page.action}/opening`} hx-trigger="load" hx-swap="none" />
      <form class="stack" method="post" action={page.action} novalidate data-once>
        <Field form={form} name="email" label="Email" type="email" autocomplete="username" readonly />
        {hasAccount ? (
          <Field
            form={form}
            name="password"
            label="Your password"
            type="password"
            help="You have an account already. Its password proves that it is you."
            autocomplete="current-password"
            required
          />
        ) : (
          <>
            <Field form={form} name="name" label="Your name" autocomplete="name" required />
            <Field
              form={form}
              name="password"
              label="Password"
              type="password"
              help={`${PASSWORD_MIN} characters or more. A short sentence works well.`}
              autocomplete="new-password"
              required
            />
          </>
        )}
        <button type="button" class="link" data-show-password aria-controls="password" aria-pressed="false" hidden>
          Show password
        </button>
        <div class="check">
          <input
            type="checkbox"
            id="accept_terms"
            name="accept_terms"
            value="on"
            checked={page.typed.accept_terms === "on"}
            aria-invalid={termsError && "true"}
            aria-describedby={termsError && "accept_terms-told"}
            autofocus={termsError !== undefined && form.errors[0] === termsError}
          />
          <label for="accept_terms">
            I accept the{" "}
            <a href={page.termsUrl} rel="noreferrer noopener" target="_blank">
              terms of service
            </a>
            .
          </label>
        </div>
        {termsError && (
          <p class="error" id="accept_terms-told">
            {termsError.detail}
          </p>
        )}
        <button class="button wide" type="submit">
          {hasAccount ? "Accept the invite" : "Create account"}
        </button>
      </form>
    </NarrowPage>
  )
}
