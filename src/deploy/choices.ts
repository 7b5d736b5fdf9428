import { domainToASCII } from "node:url"
import * as z from "zod"
import { type Choices, type Environment, otherThan, readChoices } from "./environments.ts"
import type { Options } from "./options.ts"
import { answer } from "./questions.ts"
import { StepError, type Tools } from "./tools.ts"

/** In wrangler.toml, values of this host stand for those that each deployment chooses. */
const PLACEHOLDER = /(^|[@./])vestibule\.example\b/

const HOST = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/

type Target = { environment: Environment; options: Options; defaults: Record<string, string>; folder: string }

/**
 * The variables of an environment: what the flags say, else what was chosen before, else what wrangler.toml says unless it stands for
 * something else, else the answers to questions.
 */
export async function chooseVars(tools: Tools, { environment, options, defaults, folder }: Target) {
  const saved = (await readChoices(environment, folder)).vars
  refuseUnknown(environment, Object.keys(saved), defaults)
  const other = (await readChoices(otherThan(environment), folder)).vars
  const known = (name: string) => {
    const byDefault = defaults[name] ?? ""
    const isShared = environment === "production" || !["BASE_URL", "MAIL_FROM"].includes(name)
    return saved[name] ?? (isShared && !PLACEHOLDER.test(byDefault) ? byDefault : undefined)
  }
  const domain = await answer(tools, {
    text: "At which domain will people open Vestibule? Its DNS must be at Cloudflare, in this account.",
    flag: "--domain",
    value: toHost(options.domain ?? known("BASE_URL")),
    problem: (host) => (HOST.test(toHost(host) ?? "") ? undefined : "This isn't a domain such as invites.acme.com."),
  })
  const host = toHost(domain) ?? domain
  const sender = await answer(tools, {
    text: "From which address will it send emails?",
    flag: "--sender",
    value: options.sender ?? known("MAIL_FROM"),
    suggestion: `invites@${host}`,
    problem: (address) => (z.email().safeParse(address).success ? undefined : "This isn't an email address."),
  })
  const platform = await answer(tools, {
    text: "What is your platform called? Emails and pages say “powered by” it.",
    flag: "--platform",
    value: options.platform ?? saved.PLATFORM_NAME,
    suggestion: defaults.PLATFORM_NAME,
  })
  const terms = await answer(tools, {
    text: "What is the URL of your terms (https://…)? They are for resellers that have none of their own.",
    flag: "--terms-url",
    value: options.termsUrl ?? known("TERMS_URL") ?? other.TERMS_URL,
    problem: (url) => (URL.parse(url)?.protocol === "https:" ? undefined : "This isn't an https URL."),
  })
  const vars = {
    ...saved,
    BASE_URL: `https://${host}`,
    MAIL_FROM: withLowercaseDomain(sender),
    PLATFORM_NAME: platform,
    TERMS_URL: terms,
  }
  checkSeparation(environment, vars, other)
  return vars
}

/** A variable with a wrong name would be ignored. */
function refuseUnknown(environment: Environment, names: string[], defaults: Record<string, string>) {
  const unknown = names.filter((name) => !(name in defaults))
  if (unknown.length === 0) return
  throw new StepError(
    `.deploy/${environment}.json sets ${unknown.join(", ")}, which Vestibule doesn't know.`,
    "Correct the name: wrangler.toml and the README have all variables.",
  )
}

export type Vars = Awaited<ReturnType<typeof chooseVars>>

export const hostOf = ({ BASE_URL }: Pick<Vars, "BASE_URL">) => new URL(BASE_URL).hostname

export const mailDomainOf = ({ MAIL_FROM }: Pick<Vars, "MAIL_FROM">) =>
  MAIL_FROM.slice(MAIL_FROM.lastIndexOf("@") + 1).toLowerCase()

/** Subscriptions and DNS records name a domain in lowercase. What is before the @ stays as it is. */
const withLowercaseDomain = (address: string) => address.replace(/@[^@]*$/, (domain) => domain.toLowerCase())

/** Passkeys and cookies belong to a domain, and delivery events to the domain of a sender. Environments mustn't share either. */
function checkSeparation(environment: Environment, vars: Vars, { BASE_URL, MAIL_FROM }: Choices["vars"]) {
  const other = otherThan(environment)
  if (BASE_URL) {
    const [host, otherHost] = [hostOf(vars), hostOf({ BASE_URL })]
    if (host === otherHost) throw new StepError(`${host} is the domain of ${other}.`, "Choose another with --domain.")
    if (host.endsWith(`.${otherHost}`) || otherHost.endsWith(`.${host}`)) {
      throw new StepError(
        `${host} and ${otherHost}, the domain of ${other}, are one below the other: pages of the lower one could use passkeys of the upper one.`,
        `Choose domains beside each other with --domain, such as ${beside(otherHost, environment)}.`,
      )
    }
  }
  if (MAIL_FROM && mailDomainOf(vars) === mailDomainOf({ MAIL_FROM })) {
    throw new StepError(
      `${other} sends from ${mailDomainOf(vars)}, too: each environment would get the delivery events of both.`,
      `Choose a sender at another domain with --sender, such as invites@${hostOf(vars)}.`,
    )
  }
}

/** `invites.acme.com` → `invites-staging.acme.com` */
function beside(host: string, environment: Environment) {
  const [first, ...rest] = host.split(".")
  return [`${first}-${environment}`, ...rest].join(".")
}

/** The host of a URL, or of what somebody enters as one, in Punycode. What can't be a host stays as it is. */
function toHost(text: string | undefined): string | undefined {
  const host = text
    ?.trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\.?\/?$/, "")
  return host && (/[^ -~]/.test(host) ? domainToASCII(host) || host : host)
}
