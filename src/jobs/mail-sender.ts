import { failOver } from "../emails/fail-over.ts"
import { httpProvider } from "../emails/http-provider.ts"
import type { OutgoingEmail, SendEmail } from "../emails/provider.ts"
import { readSettings, type Settings } from "../http/settings.ts"

const senders = new WeakMap<Env, SendEmail>()

/** Passes emails to the providers in `MAIL_PROVIDERS`. There is one for each isolate, since it remembers which of them refuses. */
export function mailSenderOf(env: Env): SendEmail {
  const known = senders.get(env)
  if (known) return known
  const settings = readSettings(env)
  const send = failOver(settings.MAIL_PROVIDERS.map((name) => toProvider(env, settings, name)))
  senders.set(env, send)
  return send
}

function toProvider(env: Env, settings: Settings, name: Settings["MAIL_PROVIDERS"][number]) {
  if (name === "binding") return { send: (mail: OutgoingEmail) => env.EMAIL.send(mail), isIdempotent: false }
  const { MAIL_API_URL: url, MAIL_API_KEY: key } = settings
  return { send: httpProvider({ url, key }, (target, init) => fetch(target, init)), isIdempotent: true }
}
