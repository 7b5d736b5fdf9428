import type { Context } from "hono"
import { senderName } from "../../domain/invites/audience.ts"
import {
  loadContactSubscription,
  loadDigestSubscription,
  unsubscribeContact,
  unsubscribeFromDigests,
} from "../../domain/mail/unsubscribe.ts"
import type { AppEnv } from "../../http/context.ts"
import { browserMessages, inviteMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import type { Reseller } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { Form } from "../ui/form.tsx"
import { InvalidLinkPage, LinkLayout } from "./layout.tsx"

// Email programs post here when their reader presses Unsubscribe (RFC 8058), and people open the page in a browser. Opening it changes
// nothing, because scanners do.

export const unsubscribeRoutes = new Router()

unsubscribeRoutes.serve("unsubscribe.show", async (c) =>
  contactPage(c, await loadContactSubscription(c.var.deps, c.req.param("token"))),
)

unsubscribeRoutes.serve("unsubscribe.create", async (c) =>
  contactPage(c, await unsubscribeContact(c.var.deps, c.req.param("token"))),
)

unsubscribeRoutes.serve("unsubscribe.showDigest", async (c) => {
  const { token, account } = c.req.param()
  return digestPage(c, await loadDigestSubscription(c.var.deps, token, account))
})

unsubscribeRoutes.serve("unsubscribe.createDigest", async (c) => {
  const { token, account } = c.req.param()
  return digestPage(c, await unsubscribeFromDigests(c.var.deps, token, account))
})

function contactPage(c: Context<AppEnv>, subscription: Awaited<ReturnType<typeof loadContactSubscription>>) {
  if (!subscription) return invalidLink(c, "unsubscribe")
  const { invite, reseller, recipient, isSuppressed } = subscription
  const t = inviteMessages(c, invite)
  const sender = senderName(invite, reseller, c.var.deps.config.platformName)
  const words = t.unsubscribe
  const text = (isSuppressed ? words.done : words.text)(sender, readableAddress(recipient))
  return c.html(<UnsubscribePage {...{ c, t, words, reseller, text }} isDone={isSuppressed} />)
}

function digestPage(c: Context<AppEnv>, subscription: Awaited<ReturnType<typeof loadDigestSubscription>>) {
  if (!subscription) return invalidLink(c, "digest_off")
  const { reseller, email, locale, isEnabled } = subscription
  const t = staffMessagesFor(locale)
  const words = t.staff.digestUnsubscribe
  const text = (isEnabled ? words.text : words.done)(reseller.name, readableAddress(email))
  return c.html(<UnsubscribePage {...{ c, t, words, reseller, text }} isDone={!isEnabled} languageSwitch={null} />)
}

type UnsubscribePageProps = {
  c: Context<AppEnv>
  t: Messages
  words: { title: string; submit: string; doneTitle: string }
  reseller: Reseller
  text: string
  isDone: boolean
  languageSwitch?: null
}

function UnsubscribePage({ c, t, words, reseller, text, isDone, ...page }: UnsubscribePageProps) {
  const { platformName } = c.var.deps.config
  return (
    <LinkLayout title={isDone ? words.doneTitle : words.title} {...{ t, reseller, platformName, ...page }}>
      <p class="muted">{text}</p>
      {!isDone && (
        <Form class="stack" action={c.req.path} data-submit-once>
          <button class="button full-width" type="submit">
            {words.submit}
          </button>
        </Form>
      )}
    </LinkLayout>
  )
}

function invalidLink(c: Context<AppEnv>, link: "unsubscribe" | "digest_off") {
  logSecurityEvent(c, { event: "forged_link", link })
  return c.html(<InvalidLinkPage t={browserMessages(c)} brand={c.var.deps.config.platformName} isInvite={false} />, 404)
}
