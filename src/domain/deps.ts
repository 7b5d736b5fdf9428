import type { Db } from "../storage/db.ts"
import type { LimitScope } from "./failure.ts"
import type { LinkKeys } from "./registration-link.ts"

/** Everything outside the domain that its operations need. */
export type Deps = {
  db: Db
  now: () => Date
  config: Config
  linkKeys: LinkKeys
  takeSend: (resellerId: string, inviteId: string, kind: SendKind) => Promise<SendPermit>
  /** Tells the mail queue that this outbox row is due. Never throws: the sweep finds what a lost nudge left behind. */
  wakeMail: (mailId: string) => void
}

export type Config = {
  baseUrl: string
  platformName: string
  mailFrom: string
  termsUrl: string
  resendPauseSeconds: number
}

export type SendKind = "first" | "resend"

/** Leave to send one invite e-mail; `undo` gives it back when the send did not come about. */
export type SendPermit =
  | { allowed: true; undo: () => Promise<void> }
  | { allowed: false; scope: LimitScope; limit: number; remaining: number; resetAt: Date }
