import { usesEmailService } from "../http/settings.ts"
import { type Account, describePlan, findAccount } from "./account.ts"
import { chooseVars, hostOf, mailDomainOf, type Vars } from "./choices.ts"
import { checkDomain, findZone } from "./domain.ts"
import { type Environment, filesOf, otherThan, readChoices, saveChoices } from "./environments.ts"
import type { Options } from "./options.ts"
import { askForReseller, openReseller, operatorClient } from "./reseller.ts"
import { createDatabase, createEventQueue, enableEmail, findDatabase, subscribe } from "./resources.ts"
import { prepareSecrets, type Secrets } from "./secrets.ts"
import { checkSettings } from "./settings.ts"
import { type Report, StepError, type Tools } from "./tools.ts"
import { checkCron, checkEmail, checkEmailApi, checkPage, checkReadiness, chooseTestAddress } from "./verify.ts"
import {
  migrate,
  needsAnalyticsEngine,
  readDeployedSecrets,
  refuseEmpty,
  refuseUnfinishedRestore,
  upload,
} from "./worker.ts"
import { configOf, namesOf, type WranglerConfig, withDatabase, writeConfig } from "./wrangler-config.ts"

const NAME_WIDTH = 11

type Place = {
  /** The root of the repository. */
  folder: string
  /** For a folder without the file of secrets. */
  operatorToken?: string | undefined
}

/**
 * Deploys an environment. Every step finds out first what is there, so that a deployment that was interrupted goes on where it
 * stopped. Throws a `StepError`, whose message begins with the name of the step.
 */
export async function deploy(tools: Tools, options: Options, { folder, operatorToken }: Place): Promise<void> {
  const { environment, isDryRun } = options
  const target = await readTarget(tools, options, folder)
  const { account, config, names, deployedSecrets, chosenDatabase } = target
  const { vars, newReseller, testAddress } = await step(tools, "Choices", async () => {
    const chosen = await chooseVars(tools, target)
    const isNew = !deployedSecrets && chosenDatabase === undefined
    const firstReseller = isNew ? await askForReseller(tools, options) : undefined
    const address = await chooseTestAddress(
      tools,
      options.testAddress ?? target.saved.testAddress ?? firstReseller?.adminEmail,
    )
    return [
      `${chosen.BASE_URL}, emails from ${chosen.MAIL_FROM}`,
      { vars: chosen, newReseller: firstReseller, testAddress: address },
    ]
  })
  const [host, mailDomain] = [hostOf(vars), mailDomainOf(vars)]
  const settings: Record<string, string> = { ...target.defaults, ...vars }

  const mailZone = await step(tools, "Domain", async () => {
    const zone = await findZone(tools, account, host, "--domain")
    const report = await checkDomain(tools, options, { account, zone, worker: names.worker, host })
    return [report, usesEmailService(settings) ? await findZone(tools, account, mailDomain, "--sender") : undefined]
  })
  const secrets = await step(tools, "Secrets", async () => {
    const prepared = await prepareSecrets({
      file: filesOf(environment, folder).secrets,
      required: config.secrets?.required ?? [],
      deployed: deployedSecrets ?? [],
      operatorToken,
      isDryRun,
      isPipeline: options.isPipeline,
      isRestored: chosenDatabase !== undefined,
    })
    checkSettings(settings, prepared.values, deployedSecrets ?? [])
    if (!isDryRun) await saveChoices(environment, { account: account.id, testAddress, vars }, folder)
    return [prepared.report, prepared]
  })
  await tell(tools, "Email", async () => {
    if (!mailZone) return `by the API at ${settings.MAIL_API_URL}; Email Service stays as it is`
    const { report, records } = await enableEmail(tools, account, mailZone, mailDomain)
    return [`${report}. Cloudflare adds these DNS records to its zone:`, ...records].join("\n")
  })

  const wranglerConfig = await release(tools, target, vars, secrets)

  if (mailZone) await tell(tools, "Events", () => subscribe(tools, account, mailZone, mailDomain, names.events))
  const url = vars.BASE_URL
  await tell(tools, "Page", () => checkPage(tools, url, wranglerConfig))
  await tell(tools, "Readiness", () => checkReadiness(tools, url))
  const client = await operatorClient(tools, url, secrets.operatorToken)
  const reseller = await step(tools, "Reseller", () =>
    openReseller(client, async () => newReseller ?? askForReseller(tools, options)),
  )
  const sending = { sender: vars.MAIL_FROM, domain: mailDomain, testAddress, config: wranglerConfig }
  await tell(tools, "Test email", () =>
    mailZone
      ? checkEmail(tools, { account, client, reseller, ...sending })
      : checkEmailApi(tools, { url, client, reseller }),
  )
  await tell(tools, "Cron", () => checkCron(tools, url))
}

/**
 * Deploys as far as the token of Cloudflare's Workers Builds can: database, queues, migrations and code. Domain, sender and secrets
 * are as they were chosen: by `deploy` before, or in the form of the "Deploy to Cloudflare" button.
 */
export async function deployBuild(tools: Tools, options: Options, { folder }: Place): Promise<void> {
  const target = await readTarget(tools, options, folder)
  const vars = await step(tools, "Choices", async () => {
    const chosen = await chooseVars(tools, target)
    checkSettings({ ...target.defaults, ...chosen }, {})
    return [chosen.BASE_URL, chosen]
  })
  await release(tools, target, vars, undefined)
}

/** The account, what wrangler.toml says about the environment, and the names of its Worker's secrets, if it was deployed from here. */
async function readTarget(tools: Tools, options: Options, folder: string) {
  const { environment } = options
  const saved = await readChoices(environment, folder)
  const chosenDatabase = options.database ?? saved.database
  const config = withDatabase(await configOf(environment, folder), chosenDatabase)
  const names = namesOf(config)
  await refuseOtherDatabase(environment, folder, names.database)
  const account = await step(tools, "Account", async () => {
    const found = await findAccount(tools, options.account ?? saved.account)
    return [`${found.name} (${found.id})`, found]
  })
  await tell(tools, "Plan", () => describePlan(tools, account, options))
  const deployedSecrets = options.isBuild ? undefined : await readDeployedSecrets(tools, account, names.worker)
  const defaults = config.vars as Record<string, string>
  return { environment, options, folder, config, names, saved, account, deployedSecrets, chosenDatabase, defaults }
}

/** Two environments with one database would both send its emails. */
async function refuseOtherDatabase(environment: Environment, folder: string, database: string) {
  const other = otherThan(environment)
  const { database: chosen } = await readChoices(other, folder)
  if (namesOf(withDatabase(await configOf(other, folder), chosen)).database === database)
    throw new StepError(`${database} is the database of ${other}.`, "Choose another with --database.")
}

type Target = Awaited<ReturnType<typeof readTarget>>

/** Makes the code live, after the database and the queues that it needs. Returns the name of the configuration of wrangler. */
async function release(tools: Tools, target: Target, vars: Vars, secrets: Secrets | undefined): Promise<string> {
  const { environment, options, folder, config, names, account, deployedSecrets, chosenDatabase } = target
  const hasData = deployedSecrets !== undefined || chosenDatabase !== undefined
  const databaseId = await step(tools, "Database", () =>
    (hasData ? findDatabase : createDatabase)(tools, account, names.database),
  )
  await tell(tools, "Queues", () => createEventQueue(tools, account, names.events))
  const values = { accountId: account.id, host: hostOf(vars), vars, databaseId }
  const write = (content: WranglerConfig) =>
    writeConfig(options.isDryRun ? "dry-run" : environment, folder, content, values)
  const wranglerConfig = await write(config)
  await tell(tools, "Migrations", async () => {
    if (hasData) await refuseUnfinishedRestore(tools, wranglerConfig)
    if (chosenDatabase !== undefined) await refuseEmpty(tools, wranglerConfig)
    return migrate(tools, wranglerConfig)
  })
  if (options.database && !options.isDryRun) await saveChoices(environment, { database: options.database }, folder)
  const uploadCode = () => upload(tools, wranglerConfig, secrets, options.sendsSecrets)
  await tell(tools, "Worker", async () => {
    try {
      return await uploadCode()
    } catch (error) {
      if (!needsAnalyticsEngine(error)) throw error
      await write({ ...config, analytics_engine_datasets: [] })
      return `${await uploadCode()}\n${withoutMetrics(account)}`
    }
  })
  return wranglerConfig
}

const withoutMetrics = ({ id }: Account) =>
  `without metrics: enable Analytics Engine at https://dash.cloudflare.com/${id}/workers/analytics-engine, and deploy again`

/** Runs a step, and says what it reports. */
async function step<T>(tools: Tools, name: string, run: () => Promise<Report<T>>): Promise<T> {
  try {
    const [text, result] = await run()
    const [first, ...others] = text.split("\n")
    tools.say(`${name.padEnd(NAME_WIDTH)} ${first}`)
    for (const line of others) tools.say(`${" ".repeat(NAME_WIDTH)}   ${line}`)
    return result
  } catch (error) {
    if (error instanceof StepError) error.message = `${name}: ${error.message}`
    throw error
  }
}

/** Runs a step that has no result. */
async function tell(tools: Tools, name: string, run: () => Promise<string>): Promise<void> {
  await step(tools, name, async () => [await run(), undefined])
}
