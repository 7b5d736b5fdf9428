import type { createClient } from "../src/api/client.ts"

/** The README's example; test/api-client.test.ts runs it and compares the two. */
export async function example(api: ReturnType<typeof createClient>) {
  // README begins
  const made = await api.invites.$post({
    header: { "Idempotency-Key": crypto.randomUUID() },
    json: {
      company_name: "Northwind Logistics",
      contact_name: "Priya Nair",
      contact_email: "priya@northwind.example",
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
    },
  })
  if (!made.ok) throw new Error((await made.json()).detail)
  const pending = await api.invites.$get({ query: { status: "pending", limit: 10 } })
  // README ends
  return { made: await made.json(), pending }
}
