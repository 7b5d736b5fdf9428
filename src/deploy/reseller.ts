import type * as z from "zod"
import type { Client, ResellerWithInvite } from "../../.generated/client-source/index.ts"
import type { Options } from "./options.ts"
import { answer } from "./questions.ts"
import { type Report, StepError, type Tools } from "./tools.ts"

export type FirstReseller = { name: string; adminName: string; adminEmail: string }

type Given = Pick<Options, "reseller" | "adminName" | "adminEmail">

/** Asks for the first reseller and its Admin, by the rules of the Worker that will add them. */
export async function askForReseller(tools: Tools, { reseller, adminName, adminEmail }: Given): Promise<FirstReseller> {
  const { newResellerFields } = await import("../domain/resellers/resellers.ts") // imports what src/build makes
  const { shape } = newResellerFields
  const problemOf = (field: z.ZodType) => (value: string) => field.safeParse(value).error?.issues[0]?.message
  return {
    name: await answer(tools, {
      text: "What is the first reseller called?",
      flag: "--reseller",
      value: reseller,
      problem: problemOf(shape.name),
    }),
    adminName: await answer(tools, {
      text: "Who is its first Admin?",
      flag: "--admin-name",
      value: adminName,
      problem: problemOf(shape.admin_name),
    }),
    adminEmail: await answer(tools, {
      text: "What is the Admin's email address?",
      flag: "--admin-email",
      value: adminEmail,
      problem: problemOf(shape.admin_email),
    }),
  }
}

/** A client of the deployed Worker's API, with the operator token. */
export async function operatorClient(tools: Tools, baseUrl: string, operatorToken: string): Promise<Client> {
  const { createClient } = await loadClient()
  return createClient({ baseUrl, apiKey: operatorToken, fetch: tools.fetch })
}

/** Built by `src/build`, so it can't be imported before that. */
export const loadClient = () => import("../../.generated/client-source/index.ts")

/** One key for every attempt, so that one that was interrupted isn't repeated. */
const IDEMPOTENCY_KEY = "first-reseller"

/** Opens the first reseller and invites its Admin, unless there is a reseller. The result is the latest reseller. */
export async function openReseller(
  client: Client,
  ask: () => Promise<FirstReseller>,
): Promise<Report<ResellerWithInvite>> {
  const { createReseller, getReseller, listResellers } = await loadClient()
  const [existing] = (await listResellers(client, { limit: 1 }).catch(throwRefusal)).data
  if (existing) return [`${existing.name} exists`, await getReseller(client, existing.id).catch(throwRefusal)]
  const { name, adminName, adminEmail } = await ask()
  const body = { name, admin_name: adminName, admin_email: adminEmail }
  const reseller = await createReseller(client, body, { idempotencyKey: IDEMPOTENCY_KEY }).catch(throwRefusal)
  return [`created ${name} and invited ${adminName} (${adminEmail}) as its Admin`, reseller]
}

/** Throws a `StepError` that says why the Worker didn't do what it was asked for. */
export function throwRefusal(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && "status" in error ? error.status : undefined
  if (status === 404) {
    throw new StepError(
      "The Worker refused the operator token.",
      "The Worker has another one. Put that one into the file of secrets, or replace it with --send-secrets.",
      "/api/v1/resellers",
    )
  }
  throw new StepError(
    status === undefined ? `The Worker can't be reached: ${message}` : `The Worker refused the request: ${message}`,
    "Correct what it names, and run the same command again.",
    "/api/v1/resellers",
  )
}
