import type { Child } from "hono/jsx"
import { href } from "../../routes.ts"
import type { Invite, Reseller } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { formatPhone } from "../../text/phone.ts"
import { mailtoUrl } from "../../text/readable-address.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { addressText } from "../ui/address.tsx"
import { Form } from "../ui/form.tsx"
import type { SwitchOptions } from "../ui/language-switch.tsx"
import { GuestPage } from "../ui/layout.tsx"

/** The page of a link without a valid signature. */
export function InvalidLinkPage({ t, brand, isInvite }: { t: Messages; brand: string; isInvite: boolean }) {
  return (
    <GuestPage t={t} title={t.invalidLink.title} brand={brand}>
      <h1>{t.invalidLink.heading}</h1>
      <p class="muted">{t.invalidLink.copyWholeLink}</p>
      {isInvite && <p class="muted">{t.invalidLink.askForNewInvite}</p>}
    </GuestPage>
  )
}

/** The name of the account that an invite is for. */
export const accountName = ({ kind, companyName }: Invite, reseller: Reseller) =>
  kind === "staff" ? reseller.name : companyName

/** What an invite is for, as a heading. */
export function inviteHeading(t: Messages, invite: Invite, reseller: Reseller): string {
  const { setUp, join } = t.registration
  return invite.kind === "customer" ? setUp(invite.companyName) : join(accountName(invite, reseller))
}

/** The page of a link that we signed, to an invite whose personal data was deleted. */
export function PurgedLinkPage({
  t,
  reseller,
  platformName,
}: Pick<LinkLayoutProps, "t" | "reseller" | "platformName">) {
  const { title, text } = t.linkStates.purged
  return (
    <LinkLayout {...{ t, title, reseller, platformName }}>
      <p class="muted">{text(reseller.name)}</p>
    </LinkLayout>
  )
}

type LinkLayoutProps = {
  t: Messages
  title: string
  reseller: Reseller
  platformName: string
  /** Null: the page has one language. */
  languageSwitch?: SwitchOptions | null
  children: Child
}

/** A page behind a link from an email: the reseller's name on top, its support contact below. */
export function LinkLayout({ t, title, reseller, platformName, languageSwitch = {}, children }: LinkLayoutProps) {
  return (
    <GuestPage
      {...{ t, title, languageSwitch }}
      brand={reseller}
      isSandbox={isSandboxId(reseller.id)}
      footer={<LinkFooter {...{ t, reseller, platformName }} />}
    >
      <h1 class={title.length > LONG_TITLE ? "long" : undefined}>{title}</h1>
      {children}
    </GuestPage>
  )
}

/** A title with a name of so many characters is smaller on phones, so that the form below it fits on the screen. */
const LONG_TITLE = 50

type RenewalFormProps = {
  t: Messages
  token: string
  /** True if a newer link was sent, which the contact should look for first. */
  isSuperseded?: boolean
}

/** A button that sends a link that works, always to the address on record. */
export function RenewalForm({ t, token, isSuperseded }: RenewalFormProps) {
  return (
    <Form action={href("registration.renew", { token })} data-submit-once>
      <button class={isSuperseded ? "button secondary full-width" : "button full-width"} type="submit">
        {isSuperseded ? t.linkStates.sendLinkAgain : t.linkStates.sendNewLink}
      </button>
    </Form>
  )
}

/** The reseller's support contact: name, email address, phone number. */
export function SupportContact({ reseller, t }: { reseller: Reseller; t: Messages }) {
  const { name, supportName, supportEmail, supportPhone } = reseller
  return (
    <>
      {supportName ?? name}
      {t.language.colon}
      <a href={mailtoUrl(supportEmail)}>{addressText(supportEmail)}</a>
      {supportPhone && (
        <>
          {" · "}
          <a class="phone" href={`tel:${supportPhone}`}>
            {formatPhone(supportPhone)}
          </a>
        </>
      )}
    </>
  )
}

/** Whom people ask, and who runs the service. */
export function LinkFooter({ t, reseller, platformName }: Pick<LinkLayoutProps, "t" | "reseller" | "platformName">) {
  return (
    <>
      <p>
        {t.layout.questions}
        {t.language.space}
        <SupportContact {...{ reseller, t }} />
      </p>
      <p>{t.layout.poweredBy(platformName)}</p>
    </>
  )
}
