export type OutgoingEmail = {
  to: string
  from: { name: string; email: string }
  /** Without it, replies go to the sender. */
  replyTo?: string
  subject: string
  html: string
  text: string
  /** Of those that Cloudflare Email Service lets us set. */
  headers: EmailHeaders
}

type EmailHeaders = Record<"Auto-Submitted" | "Content-Language", string> &
  Partial<Record<"List-Unsubscribe" | "List-Unsubscribe-Post", string>>

/** What a provider has to know besides the email. */
export type Delivery = {
  /** Of its row of the outbox: a repeated send has the same. */
  id: string
  /** The last attempt got no answer, so that a provider may have taken the email. */
  isUnanswered: boolean
}

export type Receipt = {
  messageId: string
  /** Why other providers refused it before, for reasons of their own. */
  refusals?: Refusal[]
}

/** A provider's code, and more for the log: a status or a name that can't repeat the email. */
export type Refusal = { code: string; detail?: string | undefined }

/** Passes an email to a provider; throws an error with its `code`. */
export type SendEmail = (mail: OutgoingEmail, delivery: Delivery) => Promise<Receipt>

/** Why no provider took an email. */
export class SendFailure extends Error {
  readonly code: string | undefined
  /** What the log can have of it, beside the message, which may repeat the email. */
  readonly detail: string | undefined
  /** Of the providers that were asked. */
  readonly refusals: Refusal[]

  constructor(
    code: string | undefined,
    message: string,
    { detail, refusals }: { detail?: string | undefined; refusals?: Refusal[] } = {},
  ) {
    super(message)
    this.code = code
    this.detail = detail
    this.refusals = refusals ?? (code ? [{ code, detail }] : [])
  }
}

/** The provider's code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
}
