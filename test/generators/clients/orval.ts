import * as api from "../../../.generated/generators/orval.ts"
import { API_KEY, BASE_URL, makeCalls, NEW_ACCOUNT, NEW_INVITE, NEW_WEBHOOK } from "../calls.ts"

// Its functions call the global fetch with paths.
const { fetch } = globalThis
globalThis.fetch = (path, init) => {
  const headers = new Headers(init?.headers)
  headers.set("Authorization", `Bearer ${API_KEY}`)
  return fetch(BASE_URL + path, { ...init, headers })
}

type Answer = { status: number; data: unknown }

/** The body of a success: the generated types tell successes by their status. */
async function data<A extends Answer, S extends A["status"]>(call: Promise<A>, status: S) {
  const answer = await call
  if (answer.status !== status) throw new Error(JSON.stringify(answer.data))
  return answer.data as Extract<A, { status: S }>["data"]
}

await makeCalls({
  createInvite: () => data(api.createInvite(NEW_INVITE), 201),
  getInvite: (id) => data(api.getInvite(id), 200),
  listPendingInvites: () => data(api.listInvites({ status: "pending", limit: 10 }), 200),
  setNote: (id, note) => data(api.updateInvite(id, { note }), 200),
  resendInvite: (id) => data(api.resendInvite(id), 202),
  revokeInvite: (id) => data(api.revokeInvite(id), 200),
  listCustomers: () => data(api.listCustomers(), 200),
  createBillingAccount: () => data(api.createBillingAccount(NEW_ACCOUNT), 201),
  getBillingAccount: (id) => data(api.getBillingAccount(id), 200),
  deleteBillingAccount: (id) => data(api.deleteBillingAccount(id), 204),
  createWebhook: () => data(api.createWebhook(NEW_WEBHOOK), 201),
  deleteWebhook: (id) => data(api.deleteWebhook(id), 204),
})
