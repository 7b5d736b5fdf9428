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
  /** The codes with which other providers refused it before, for reasons of their own. */
  refusals?: string[]
}

/** Passes an email to a provider; throws an error with its `code`. */
export type SendEmail = (mail: OutgoingEmail, delivery: Delivery) => Promise<Receipt>

/** Why no provider took an email. */
export class SendFailure extends Error {
  readonly code: string | undefined
  /** The codes of the providers that were asked and refused it. */
  readonly refusals: string[]
  /** The message has no word of the provider, which may repeat the email. */
  readonly isOwnMessage: boolean

  constructor(
    code: string | undefined,
    message: string,
    more: Partial<Pick<SendFailure, "refusals" | "isOwnMessage">> = {},
  ) {
    super(message)
    this.code = code
    this.refusals = more.refusals ?? (code ? [code] : [])
    this.isOwnMessage = more.isOwnMessage ?? false
  }
}

/** The provider's code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
}
