// Why an email wasn't taken: the codes of Cloudflare Email Service (Workers API), into which those of other providers are translated.

export type SendError = { code: string | undefined; text: string; isFinal: boolean }

export const DAILY_LIMIT_CODE = "E_DAILY_LIMIT_EXCEEDED"
export const RATE_LIMIT_CODE = "E_RATE_LIMIT_EXCEEDED"
export const RATE_LIMIT_CODES = [DAILY_LIMIT_CODE, RATE_LIMIT_CODE]
export const OUTAGE_CODE = "E_INTERNAL_SERVER_ERROR"
export const SUPPRESSED_CODE = "E_RECIPIENT_SUPPRESSED"
/** Not in the binding's `allowed_destination_addresses`, or not verified while the account may send to no others. */
const NOT_ALLOWED_CODE = "E_RECIPIENT_NOT_ALLOWED"
/** Ours: the provider may have taken the email, and its answer is lost. */
export const NO_ANSWER_CODE = "E_NO_ANSWER"

const TEMPORARY_CODES = [...RATE_LIMIT_CODES, OUTAGE_CODE, NO_ANSWER_CODE, "E_DELIVERY_FAILED"]

/** True if the provider refuses all that this deployment sends: its domain, key, plan or URL is wrong. */
export const isSenderRefused = (code: string | undefined): boolean => code?.startsWith("E_SENDER_") === true

/** True if the deployment is wrong and not the email, which waits until that is repaired. */
export const isDeploymentFault = (code: string | undefined): boolean =>
  isSenderRefused(code) || code === NOT_ALLOWED_CODE

/** True if a provider refuses an email for reasons of its own, so that another one can take it. */
export const isRefusalOfProvider = (code: string | undefined): boolean =>
  isSenderRefused(code) || (code !== undefined && [...RATE_LIMIT_CODES, OUTAGE_CODE].includes(code))

/** True if the same email would be refused again. An error without a code may be of the network. */
export const isFinalCode = (code: string | undefined): boolean =>
  code?.startsWith("E_") === true && !TEMPORARY_CODES.includes(code) && !isDeploymentFault(code)
