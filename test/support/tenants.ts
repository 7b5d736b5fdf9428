import { expect } from "vitest"
import { CUSTOMER, callApi, createApiKey, createReseller } from "./app.ts"

/** A reseller with an API key. Each number gives another one. */
export async function createTenant(n: number) {
  const slug = `tenant${n}`
  const { resellerId } = await createReseller(slug)
  const key = await createApiKey(resellerId)
  const billing = { billing_email: `billing@${slug}.example`, billing_phone: "+1 212 555 0187" }
  const inviteContact = async (fields: object = {}): Promise<{ id: string; email_status: string | null }> => {
    const body = { ...CUSTOMER, ...billing, company_name: slug, ...fields }
    const response = await callApi({ key, path: "/invites", body })
    expect(response.status).toBe(201)
    return response.json()
  }
  const revoke = async (id: string) =>
    expect((await callApi({ key, method: "POST", path: `/invites/${id}/revocation` })).status).toBe(200)
  return { resellerId, key, inviteContact, revoke }
}

export const createTenants = (n: number) => Promise.all(Array.from({ length: n }, (_, i) => createTenant(i)))
