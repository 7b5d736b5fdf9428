// The address in an invite of a sandbox can be anybody's, and all who can read the sandbox's mailbox could open its link. So
// people in a sandbox have addresses of their own, which nobody outside has: `ana@x.example` is stored as
// `ana@x.example.<sandbox>.sandbox.invalid`, for their invites and users alike. No such domain exists (RFC 2606, 2).

const ROOT = ".sandbox.invalid"
const SANDBOX_ID_START = "sbx_"
const SANDBOX_ADDRESS = /^(.+@.+)\.([0-9a-z]{26})\.sandbox\.invalid$/

/** Whether a reseller is a sandbox, by its id. */
export const isSandboxId = (resellerId: string | null | undefined): resellerId is string =>
  resellerId?.startsWith(SANDBOX_ID_START) ?? false

/** The id of a sandbox as a form or a URL names it; undefined if it can't be one. */
export const parseSandboxId = (text: string | undefined): string | undefined =>
  text !== undefined && /^sbx_[0-9a-z]{26}$/.test(text) ? text : undefined

/** Whether an address is in the domain of sandbox addresses, whatever its form. Nobody can enter one for a person. */
export const isSandboxAddress = (address: string): boolean => address.endsWith(ROOT)

/** The address of a reseller's contact, or of a person in one of its accounts, as it is stored: a sandbox address in a sandbox. */
export function addressAt(resellerId: string, address: string): string {
  if (!isSandboxId(resellerId) || address === "" || sandboxIdOf(address) === resellerId) return address
  return `${address}.${resellerId.slice(SANDBOX_ID_START.length)}${ROOT}`
}

/** The sandbox of a sandbox address; undefined for other addresses. */
export function sandboxIdOf(address: string): string | undefined {
  const label = SANDBOX_ADDRESS.exec(address)?.[2]
  return label && SANDBOX_ID_START + label
}

/** The address of a person who has `address`, with another one: a sandbox address of the same sandbox, if they are in one. */
export const addressBeside = (address: string, other: string): string => addressAt(sandboxIdOf(address) ?? "", other)

/** An address as it was entered, without the sandbox that it is in. */
export const plainAddress = (address: string): string => SANDBOX_ADDRESS.exec(address)?.[1] ?? address

/** A text in which all addresses are as they were entered, such as what the audit log says about an invite. */
export const withPlainAddresses = (text: string): string =>
  text.includes(ROOT) ? text.replace(/(@[^\s@,;<>()]+?)\.[0-9a-z]{26}\.sandbox\.invalid(?![\w.-])/g, "$1") : text
