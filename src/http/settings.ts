import * as z from "zod"
import { parseLinkKeys } from "../domain/access/signed-token.ts"
import { isLoopbackHost } from "../domain/webhooks/url-policy.ts"

/** A schema whose only error is `rule`, so that no message contains the value of a secret. */
const rule = (text: string, isValid: (value: string) => boolean) =>
  z.string({ error: text }).refine(isValid, { error: text })

const line = rule("must be one line of text", (value) => /^[^\p{Cc}]*[^\s\p{Cc}][^\p{Cc}]*$/u.test(value))
const wholeNumber = rule("must be a whole number", (value) => /^\d{1,9}$/.test(value)).transform(Number)
const positiveNumber = rule("must be a whole number above 0", (value) => /^[1-9]\d{0,8}$/.test(value)).transform(Number)
const SECRET = /^[\x21-\x7e]{32,}$/
const SECRET_RULE = "must have at least 32 characters without spaces"
const secret = rule(SECRET_RULE, (value) => SECRET.test(value))
const optionalSecret = rule(SECRET_RULE, (value) => value === "" || SECRET.test(value))
const linkKeys = z.string().transform((value, context) => {
  try {
    return parseLinkKeys(value)
  } catch {
    context.addIssue("must be a JSON list of keys as `npm run link-key` prints it")
    return z.NEVER
  }
})

const PROVIDERS = ["binding", "http"] as const
type ProviderName = (typeof PROVIDERS)[number]
const DEFAULT_PROVIDER: ProviderName = "binding"
const splitProviders = (value: string) => value.split(" ") as ProviderName[]
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/

/** Every variable of wrangler.toml and every secret. */
const settingsSchema = z.object({
  ENVIRONMENT: z.enum(["production", "local"], "must be `production` or `local`"),
  BASE_URL: rule("must be an https origin, such as https://vestibule.example", isPublicOrigin),
  PLATFORM_NAME: line,
  MAIL_FROM: rule("must be an email address", (value) => z.email().safeParse(value).success),
  TERMS_URL: rule("must be an https URL", (value) => URL.parse(value)?.protocol === "https:"),
  TERMS_VERSION: line,
  RESEND_COOLDOWN_SECONDS: wholeNumber,
  RESENDS_PER_DAY: wholeNumber,
  INVITE_MAILS_PER_HOUR: wholeNumber,
  MEMBER_MAILS_PER_HOUR: wholeNumber,
  RECIPIENT_MAILS_PER_HOUR: positiveNumber,
  RECIPIENT_CODES_PER_DAY: positiveNumber,
  MAILS_PER_SECOND: wholeNumber.default(0),
  MAILS_PER_DAY: wholeNumber.default(0),
  MAIL_PROVIDERS: rule("must be `binding`, `http`, or both in their order", isProviderList)
    .default(DEFAULT_PROVIDER)
    .transform(splitProviders),
  MAIL_API_URL: rule("must be an https URL, or one of this machine, to which /emails can be added", isApiUrl).default(
    "https://api.resend.com",
  ),
  MAIL_API_KEY: rule("must be one word", (value) => /^[\x21-\x7e]*$/.test(value)).default(""),
  MAIL_EVENTS_SECRET: rule(
    "must be `whsec_` and base64",
    (value) => value === "" || WEBHOOK_SECRET.test(value),
  ).default(""),
  WEBHOOK_HOSTS: rule("must be `*`, or host names with spaces between them", isHostList)
    .default("*")
    .transform(parseHosts),
  API_REQUESTS_PER_10_SECONDS: wholeNumber,
  OUTBOX_CLAIM_SECONDS: positiveNumber,
  OUTBOX_FIRST_RETRY_SECONDS: positiveNumber,
  AUTH_SECRET: secret,
  AUTH_SECRET_PREVIOUS: optionalSecret.default(""),
  LINK_KEYS: linkKeys,
  OPERATOR_TOKEN: secret,
})

/** A developer's machine serves nobody else, so its operator token can be easy to remember. */
const localSchema = settingsSchema.extend({
  BASE_URL: rule("must be a URL of this machine where ENVIRONMENT is `local`: http://localhost:8787", isLocalOrigin),
  OPERATOR_TOKEN: line,
})

export type Settings = z.infer<typeof settingsSchema>

/** The deployment is configured wrongly. The message names each variable, never its value. */
export class SettingsError extends Error {}

/** Variables and secrets as an `Env` has them, beside bindings. */
type RawSettings = { [name in keyof Settings]?: string }

const settingsByEnv = new WeakMap<RawSettings, Settings>()

/** The checked settings of this isolate. Throws `SettingsError` if any is missing or malformed. */
export function readSettings(env: RawSettings): Settings {
  const known = settingsByEnv.get(env)
  if (known) return known
  const schema = env.ENVIRONMENT === "local" ? localSchema : settingsSchema
  const result = schema.check(requireMailKey).safeParse(env)
  if (!result.success) throw new SettingsError(describe(env, result.error.issues))
  settingsByEnv.set(env, result.data)
  return result.data
}

function requireMailKey({ value, issues }: z.core.ParsePayload<Settings>): void {
  if (!value.MAIL_PROVIDERS.includes("http") || value.MAIL_API_KEY) return
  issues.push({ code: "custom", path: ["MAIL_API_KEY"], message: "must be set", input: "" })
}

function describe(env: RawSettings, issues: z.core.$ZodIssue[]): string {
  return issues
    .map(({ path: [name], message }) => {
      const isSet = Boolean(Reflect.get(env, String(name)))
      return `${String(name)} ${isSet ? message : "is not set"}`
    })
    .join("; ")
}

const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

/** Whether Email Service, by its binding, sends any emails, of settings that needn't be valid. */
export const usesEmailService = ({ MAIL_PROVIDERS = DEFAULT_PROVIDER }: RawSettings): boolean =>
  splitProviders(MAIL_PROVIDERS).includes("binding")

function isProviderList(value: string): boolean {
  const names = splitProviders(value)
  return names.every((name) => PROVIDERS.includes(name)) && new Set(names).size === names.length
}

/** What the provider adds to the URL of the API. */
const SENDING_PATH = "/emails"

function isApiUrl(value: string): boolean {
  const url = URL.parse(value)
  if (!url || (url.protocol !== "https:" && !isLoopbackHost(url.hostname))) return false
  const { origin, pathname } = url
  return value === origin + pathname.replace(/\/$/, "") && !value.endsWith(SENDING_PATH)
}

function isHostList(value: string): boolean {
  return value === "*" || value.split(" ").every((host) => HOST_NAME.test(host))
}

/** The hosts that webhooks may call; null for all. */
function parseHosts(value: string): string[] | null {
  return value === "*" ? null : value.split(" ")
}

function isPublicOrigin(value: string): boolean {
  const url = URL.parse(value)
  return url?.origin === value && url.protocol === "https:" && !isLoopbackHost(url.hostname)
}

function isLocalOrigin(value: string): boolean {
  const url = URL.parse(value)
  return url?.origin === value && /^https?:$/.test(url.protocol) && isLoopbackHost(url.hostname)
}
