import { parseArgs } from "node:util"
import { ENVIRONMENTS, type Environment } from "./environments.ts"
import { StepError } from "./tools.ts"

export type Options = {
  environment: Environment
  account: string | undefined
  domain: string | undefined
  sender: string | undefined
  platform: string | undefined
  termsUrl: string | undefined
  reseller: string | undefined
  adminName: string | undefined
  adminEmail: string | undefined
  testAddress: string | undefined
  database: string | undefined
  isPaid: boolean
  isQuiet: boolean
  isDryRun: boolean
  /** Runs in Cloudflare's Workers Builds. */
  isBuild: boolean
  /** Its folder is deleted at its end. */
  isPipeline: boolean
  changesDomain: boolean
  replacesDns: boolean
  sendsSecrets: boolean
}

const FLAGS = {
  env: { type: "string", default: "production" },
  account: { type: "string" },
  domain: { type: "string" },
  sender: { type: "string" },
  platform: { type: "string" },
  "terms-url": { type: "string" },
  reseller: { type: "string" },
  "admin-name": { type: "string" },
  "admin-email": { type: "string" },
  "test-address": { type: "string" },
  database: { type: "string" },
  plan: { type: "string" },
  yes: { type: "boolean", short: "y", default: false },
  "dry-run": { type: "boolean", default: false },
  "change-domain": { type: "boolean", default: false },
  "replace-dns": { type: "boolean", default: false },
  "send-secrets": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const

export const USAGE = `npm run deploy -- [flags]     deploys Vestibule to Cloudflare, and asks for what the flags leave out

  --env production|staging    each has its own Worker, database, queues and domain (default: production)
  --dry-run                   show every step, without an account or, once installed, network
  --yes                       ask nothing: a missing flag is an error

  --account NAME|ID           the Cloudflare account, if you have several
  --domain HOST               where Vestibule is served, such as invites.acme.com
  --sender ADDRESS            the sender of its emails (default: invites@ the domain)
  --platform NAME             "powered by …" in emails and on pages
  --terms-url URL             terms for resellers that have none of their own
  --reseller NAME             the first reseller
  --admin-name NAME           its first Admin
  --admin-email ADDRESS       where the Admin's invite is sent
  --test-address ADDRESS      gets a test email with every deployment (default: the first Admin)

  --database NAME             use this database from now on, such as one that was restored
  --plan paid                 the account has Workers Paid: don't check it
  --change-domain             move to another domain: passkeys and links in sent emails stop working
  --replace-dns               replace a DNS record that the domain has
  --send-secrets              send all secrets in .deploy/ again, after you changed them
`

/** The options of a command line, or undefined if it asks for help. `env` is the environment of the process. */
export function readOptions(args: string[], env: Record<string, string | undefined> = {}): Options | undefined {
  checkSeparator(args, env)
  const values = parseFlags(args)
  if (values.help) return undefined
  const environment = ENVIRONMENTS.find((name) => name === values.env)
  if (!environment) throw usageError(`--env is ${ENVIRONMENTS.join(" or ")}, not ${values.env}`)
  if (values.plan !== undefined && values.plan !== "paid") throw usageError("--plan can only be paid")
  return {
    environment,
    account: values.account ?? env.CLOUDFLARE_ACCOUNT_ID,
    domain: values.domain,
    sender: values.sender,
    platform: values.platform,
    termsUrl: values["terms-url"],
    reseller: values.reseller,
    adminName: values["admin-name"],
    adminEmail: values["admin-email"],
    testAddress: values["test-address"],
    database: values.database,
    isPaid: values.plan === "paid",
    isQuiet: values.yes,
    isDryRun: values["dry-run"],
    isBuild: env.WORKERS_CI === "1",
    isPipeline: !["", "0", "false"].includes(env.CI ?? ""),
    changesDomain: values["change-domain"],
    replacesDns: values["replace-dns"],
    sendsSecrets: values["send-secrets"],
  }
}

/** Without `--`, npm keeps flags for itself: `npm run deploy --dry-run` would deploy, and `--env=staging` to production. */
function checkSeparator(args: string[], env: Record<string, string | undefined>) {
  if (args.length > 0) return
  const kept = Object.keys(FLAGS).find((flag) => flag !== "yes" && env[`npm_config_${flag.replaceAll("-", "_")}`])
  if (kept) throw usageError(`Put -- before the flags: npm run deploy -- --${kept}`)
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, allowPositionals: false }).values
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error))
  }
}

function usageError(message: string) {
  return new StepError(message, "`npm run deploy -- --help` lists the flags.")
}
