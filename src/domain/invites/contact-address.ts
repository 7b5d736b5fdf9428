import { addressAt } from "../../text/sandbox-address.ts"

type Validated = { values: { contact_email?: string | undefined } }

/** Validated fields with the contact's address as it is stored for this reseller. */
export function withStoredAddress<V extends Validated>(resellerId: string, validated: V): V {
  const { contact_email: email } = validated.values
  if (email === undefined) return validated
  return { ...validated, values: { ...validated.values, contact_email: addressAt(resellerId, email) } }
}
