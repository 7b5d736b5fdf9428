import * as z from "zod"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import type { Expanded, Expansion } from "../domain/expansions.ts"
import { BillingAccount, toBillingAccount } from "./billing-account-schemas.ts"
import { Customer, toCustomer } from "./customer-schemas.ts"

const EXPANSIONS = {
  customer: { name: "customer", scope: "customers:read" },
  billing_account: { name: "billingAccount", scope: "billing:read" },
} as const satisfies Record<string, { name: Expansion; scope: string }>

type ExpandName = keyof typeof EXPANSIONS

/** The query parameter that asks for records in a response besides their ids. */
export function expandParam(names: readonly ExpandName[]) {
  const rule = `Use ${names.length > 1 ? `one or several of these, each once, with commas between them: ${names.join(", ")}` : names[0]}.`
  const choices = names.map((name) => `\`${name}\` (needs the scope \`${EXPANSIONS[name].scope}\`)`).join(", ")
  return z
    .string()
    .transform((text, context): Expansion[] => {
      const asked = text.split(",")
      const known = names.filter((name) => asked.includes(name))
      if (known.length < asked.length) context.addIssue({ code: "custom", message: rule })
      return known.map((name) => EXPANSIONS[name].name)
    })
    .optional()
    .meta({
      type: "array",
      items: { type: "string", enum: [...names] },
      param: { in: "query", name: "expand", style: "form", explode: false },
      description: `Records to include in the response besides their ids, with commas between them: ${choices}.`,
      examples: [[...names]],
    })
}

/** Marks a field in the document that a response has only if the request expands it. Examples are without it. */
export const EXPANDED = "x-expanded"

const expandedMeta = { description: "Only if `expand` asks for it; null if there is none.", [EXPANDED]: true }

/** The members of a response that `expand` adds. */
export const expandedFields = {
  customer: z.union([Customer, z.null()]).optional().meta(expandedMeta),
  billing_account: z.union([BillingAccount, z.null()]).optional().meta(expandedMeta),
}

/** What was asked for, as the key can see it. */
export function toExpandedFields({ customer, billingAccount }: Expanded, key: ApiKeyActor) {
  return {
    ...(customer !== undefined && { customer: customer && toCustomer(customer, key) }),
    ...(billingAccount !== undefined && { billing_account: billingAccount && toBillingAccount(billingAccount) }),
  }
}
