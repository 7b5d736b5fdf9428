import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { type RecoveryCodes, replaceRecoveryCodes } from "../../domain/factors/recovery-codes.ts"
import type { Factors } from "../../domain/identity/profile.ts"
import type { AppEnv } from "../../http/context.ts"
import { requestedAccountId } from "../../http/form-account.ts"
import { redirect } from "../../http/htmx.ts"
import { currentMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import type { Passkey } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { PostButton } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { NewRecoveryCodes } from "../ui/recovery-codes.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { ProfileLayout, profilePath } from "./page.tsx"

export const factorRoutes = new Router()

// Where staff land whose reseller requires a second factor, until they have one.
factorRoutes.serve("profile.secondFactor.new", (c) => {
  const { staff } = c.var
  const { factors: t } = currentMessages(c)
  const account = requestedAccountId(c)
  return c.html(
    <ProfileLayout c={c} title={t.requiredTitle}>
      <section class="card card-body stack" aria-label={t.requiredTitle}>
        <p>{staff?.reseller.requiresSecondFactor ? t.requiredIntro(staff.reseller.name) : t.intro}</p>
        <h2>{t.passkeys.title}</h2>
        <p class="muted">{t.passkeys.text}</p>
        <div class="buttons">
          <a class="button" href={href("profile.passkeys.new", {}, { account })}>
            {t.passkeys.add}
          </a>
        </div>
        <h2>{t.authenticator.title}</h2>
        <p class="muted">{t.authenticator.text}</p>
        <div class="buttons">
          <a class="button secondary" href={href("profile.authenticator.new", {}, { account })}>
            {t.authenticator.add}
          </a>
        </div>
      </section>
    </ProfileLayout>,
  )
})

factorRoutes.serve("profile.recoveryCodes.create", async (c) => {
  const { deps, sessionUser } = c.var
  const codes = await replaceRecoveryCodes(deps, sessionUser)
  if (codes.length === 0) return redirect(c, profilePath(c)) // no factor that they could replace
  const userId = sessionUser.user.id
  logSecurityEvent(c, { event: "factor_changed", userId, factor: "recovery_codes", change: "replaced" })
  return respondAfterChange(c, codes)
})

/** After a change of factors: shows new recovery codes, once, or returns to the profile. */
export function respondAfterChange(c: Context<AppEnv>, codes: RecoveryCodes) {
  if (codes.length === 0) return redirect(c, profilePath(c, "factors_changed"))
  const messages = currentMessages(c)
  const { title } = messages.factors.recoveryCodes
  c.header("Cache-Control", "no-store")
  return c.html(
    <ProfileLayout c={c} title={title}>
      <section class="card card-body stack" aria-label={title}>
        <NewRecoveryCodes t={messages} codes={codes} nextPath={profilePath(c)} />
      </section>
    </ProfileLayout>,
  )
}

/** `account` is the one that the profile was opened from, if it is known. */
type FactorCardsProps = { t: Messages; factors: Factors; account: string | undefined; now: Date }

/** What the profile shows of a person's factors. */
export function FactorCards({ t, factors, account, now }: FactorCardsProps) {
  const { passkeys, hasAuthenticator, recoveryCodesLeft } = factors
  return (
    <>
      <PasskeysCard {...{ t, passkeys, account, now }} />
      <AuthenticatorCard {...{ t, hasAuthenticator, account }} />
      {(hasAuthenticator || passkeys.length > 0) && <RecoveryCodesCard {...{ t, recoveryCodesLeft }} />}
    </>
  )
}

type CardProps<Field extends keyof Factors> = Omit<FactorCardsProps, "factors" | "now"> & Pick<Factors, Field>

function PasskeysCard({ t, passkeys, account, now }: CardProps<"passkeys"> & { now: Date }) {
  const { title, text, none, add } = t.factors.passkeys
  return (
    <FactorCard id="passkeys" {...{ title, text }}>
      {passkeys.length > 0 ? (
        <ul class="list">
          {passkeys.map((passkey) => (
            <PasskeyItem {...{ t, passkey, now }} />
          ))}
        </ul>
      ) : (
        <p class="card-body muted">{none}</p>
      )}
      <div class="card-body buttons">
        <a class="button secondary" href={href("profile.passkeys.new", {}, { account })}>
          {add}
        </a>
      </div>
    </FactorCard>
  )
}

function AuthenticatorCard({ t, hasAuthenticator, account }: CardProps<"hasAuthenticator">) {
  const { title, text, on, off, add, replace, confirmRemove } = t.factors.authenticator
  return (
    <FactorCard id="authenticator" {...{ title, text }}>
      <div class="card-body stack">
        <p>{hasAuthenticator ? on : off}</p>
        <div class="buttons">
          <a class="button secondary" href={href("profile.authenticator.new", {}, { account })}>
            {hasAuthenticator ? replace : add}
          </a>
          {hasAuthenticator && (
            <PostButton
              path={href("profile.authenticator.delete")}
              label={t.factors.remove}
              objectName={title}
              confirm={confirmRemove}
            />
          )}
        </div>
        <p class="help">{t.factors.othersSignedOut}</p>
      </div>
    </FactorCard>
  )
}

/** Its form isn't one of htmx: the response is a page that must not be swapped into this one. */
function RecoveryCodesCard({ t, recoveryCodesLeft }: { t: Messages } & Pick<Factors, "recoveryCodesLeft">) {
  const { title, text, left, create } = t.factors.recoveryCodes
  return (
    <FactorCard id="recovery" {...{ title, text }}>
      <div class="card-body stack">
        <p>{left(recoveryCodesLeft)}</p>
        <Form action={href("profile.recoveryCodes.create")} data-submit-once>
          <button class="link" type="submit">
            {create}
          </button>
        </Form>
      </div>
    </FactorCard>
  )
}

type FactorCardProps = { id: string; title: string; text: string; children: Child }

function FactorCard({ id, title, text, children }: FactorCardProps) {
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-header">
        <div>
          <h2 id={id}>{title}</h2>
          <p class="muted">{text}</p>
        </div>
      </div>
      {children}
    </section>
  )
}

function PasskeyItem({ t, passkey, now }: { t: Messages; passkey: Passkey; now: Date }) {
  const { passkeys: texts, remove } = t.factors
  const { id, name, createdAt, lastUsedAt } = passkey
  const time = (at: Date) => <RelativeTime {...{ at, now, t }} />
  return (
    <li>
      <div>
        <span class="emphasis">{name}</span>
        <span class="muted">
          {texts.added<Child>(time(createdAt))} · {lastUsedAt ? texts.used<Child>(time(lastUsedAt)) : texts.neverUsed}
        </span>
      </div>
      <div class="actions buttons">
        <PostButton
          path={href("profile.passkeys.delete", { id })}
          label={remove}
          objectName={name}
          confirm={texts.confirmRemove(name)}
        />
      </div>
    </li>
  )
}
