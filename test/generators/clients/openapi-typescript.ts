import createClient from "openapi-fetch"
import type { paths } from "../../../.generated/generators/openapi-typescript.ts"
import { API_KEY, BASE_URL, makeCalls, NEW_ACCOUNT, NEW_INVITE, NEW_WEBHOOK } from "../calls.ts"

const client = createClient<paths>({ baseUrl: BASE_URL, headers: { Authorization: `Bearer ${API_KEY}` } })

async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw new Error(JSON.stringify(error))
  return data as T
}
const at = (id: string) => ({ params: { path: { id } } })

await makeCalls({
  createInvite: () => data(client.POST("/invites", { body: NEW_INVITE })),
  getInvite: (id) => data(client.GET("/invites/{id}", at(id))),
  listPendingInvites: () => data(client.GET("/invites", { params: { query: { status: "pending", limit: 10 } } })),
  setNote: (id, note) => data(client.PATCH("/invites/{id}", { ...at(id), body: { note } })),
  resendInvite: (id) => data(client.POST("/invites/{id}/resends", at(id))),
  revokeInvite: (id) => data(client.POST("/invites/{id}/revocation", at(id))),
  listCustomers: () => data(client.GET("/customers")),
  createBillingAccount: () => data(client.POST("/billing_accounts", { body: NEW_ACCOUNT })),
  getBillingAccount: (id) => data(client.GET("/billing_accounts/{id}", at(id))),
  deleteBillingAccount: (id) => data(client.DELETE("/billing_accounts/{id}", at(id))),
  createWebhook: () => data(client.POST("/webhooks", { body: NEW_WEBHOOK })),
  deleteWebhook: (id) => data(client.DELETE("/webhooks/{id}", at(id))),
})
