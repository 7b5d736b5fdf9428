import { describePlan, findAccount } from "./account.ts"
import { chooseVars, hostOf, mailDomainOf } from "./choices.ts"
import { checkDomain, findZone } from "./domain.ts"
import { filesOf, readChoices, saveChoices } from "./environments.ts"
import type { Options } from "./options.ts"
import { askForReseller, openReseller, operatorClient } from "./reseller.ts"
import { createDatabase, createEventQueue, enableEmail, subscribe } from "./resources.ts"
import { prepareSecrets } from "./secrets.ts"
import { checkSettings } from "./settings.ts"
import { type Report, StepError, type Tools } from "./tools.ts"
import { checkEmail, checkPage, checkReadiness } from "./verify.ts"
import { migrate, readDeployedSecrets, upload } from "./worker.ts"
import { configOf, namesOf, writeConfig } from "./wrangler-config.ts"

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
  const config = await configOf(environment, folder)
  const names = namesOf(config)
  const saved = await readChoices(environment, folder)
  const step = <T>(name: string, run: () => Promise<Report<T>>) => runStep(tools, name, run)

  const account = await step("Account", async () => {
    const found = await findAccount(tools, options.account ?? saved.account)
    return [`${found.name} (${found.id})`, found]
  })
  await step("Plan", async () => [await describePlan(tools, account, options), undefined])

  const deployedSecrets = await readDeployedSecrets(tools, account, names.worker)
  const [vars, newReseller] = await step("Choices", async () => {
    const defaults = config.vars as Record<string, string>
    const chosen = await chooseVars(tools, { environment, options, defaults, folder })
    const reseller = deployedSecrets ? undefined : await askForReseller(tools, options)
    return [`${chosen.BASE_URL}, emails from ${chosen.MAIL_FROM}`, [chosen, reseller] as const]
  })
  const [host, mailDomain] = [hostOf(vars), mailDomainOf(vars)]

  const mailZone = await step("Domain", async () => {
    const zone = await findZone(tools, account, host, "--domain")
    const report = await checkDomain(tools, options, { account, zone, worker: names.worker, host })
    return [report, await findZone(tools, account, mailDomain, "--sender")]
  })

  const secrets = await step("Secrets", async () => {
    const prepared = await prepareSecrets({
      file: filesOf(environment, folder).secrets,
      required: config.secrets?.required ?? [],
      deployed: deployedSecrets ?? [],
      operatorToken,
      isDryRun,
    })
    checkSettings({ ...(config.vars as Record<string, string>), ...vars }, prepared.values)
    if (!isDryRun) await saveChoices(environment, { account: account.id, vars }, folder)
    return [prepared.report, prepared]
  })

  await step("Email", async () => {
    const { report, records } = await enableEmail(tools, account, mailZone, mailDomain)
    return [[`${report}, with these DNS records, which Cloudflare adds to its zone:`, ...records].join("\n"), undefined]
  })
  const databaseId = await step("Database", () => createDatabase(tools, account, names.database))
  await step("Queues", async () => [await createEventQueue(tools, account, names.events), undefined])

  const values = { accountId: account.id, host, vars, databaseId }
  const wranglerConfig = await writeConfig(isDryRun ? "dry-run" : environment, folder, config, values)
  await step("Migrations", async () => [await migrate(tools, wranglerConfig), undefined])
  await step("Worker", async () => [await upload(tools, wranglerConfig, secrets, options.sendsSecrets), undefined])
  await step("Events", async () => [await subscribe(tools, account, mailZone, mailDomain, names.events), undefined])

  await step("Page", async () => [await checkPage(tools, vars.BASE_URL), undefined])
  await step("Readiness", async () => [await checkReadiness(tools, vars.BASE_URL), undefined])
  const client = await operatorClient(tools, vars.BASE_URL, secrets.operatorToken)
  const reseller = await step("Reseller", () =>
    openReseller(client, async () => newReseller ?? askForReseller(tools, options)),
  )
  await step("Test email", async () => {
    const { testAddress } = options
    const check = {
      account,
      client,
      reseller,
      sender: vars.MAIL_FROM,
      domain: mailDomain,
      testAddress,
      config: wranglerConfig,
    }
    return [await checkEmail(tools, check), undefined]
  })
}

async function runStep<T>(tools: Tools, name: string, run: () => Promise<Report<T>>): Promise<T> {
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
