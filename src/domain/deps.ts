import type { Db } from "../storage/db.ts"
import type { Invite, OutboxRow } from "../storage/schema.ts"
import type { RateLimit } from "./failure.ts"
import type { LinkKeys } from "./invites/link-token.ts"

/** Everything outside the domain that its operations need. */
export type Deps = {
  db: Db
  /** Reads in one round trip. In an API request the check of the key is part of it: rows come back only if the key is active. */
  read: Read
  now: () => Date
  config: Config
  linkKeys: LinkKeys
  reserveSend: (invite: Invite, kind: SendKind) => Promise<SendReservation>
  /** Tells the queues that these rows of the outbox are due. Never throws: the sweep finds what a lost nudge left behind. */
  enqueue: (messages: DueMessage[]) => void
  /** Puts a row that was tried for long enough to the dead. Never throws, likewise. */
  deadLetter: (outboxId: string) => void
  /** There when the request may be repeated: its response is then stored with its effect (idempotency.ts). */
  request?: IdempotentRequest | undefined
}

/** Runs queries that change nothing, and returns the rows of each. */
export type Read = Db["batch"]

/** A row of the outbox that is due; its kind decides the queue. */
export type DueMessage = Pick<OutboxRow, "id" | "kind">

/** A request with an idempotency key of its actor, and a SHA-256 of what it asks for. */
export type IdempotentRequest = { actorId: string; idempotencyKey: string; requestHash: string }

export type Config = {
  baseUrl: string
  platformName: string
  mailFrom: string
  /** The terms of a reseller that has none of its own. */
  terms: Terms
  resendCooldownSeconds: number
  /** How long a sender may hold a row of the outbox before another may take it over. */
  claimSeconds: number
  firstRetrySeconds: number
  /** True where a webhook may lead to this very machine. */
  allowsLoopback: boolean
  /** The secrets of webhooks and the codes that prove a mailbox are derived from it. */
  masterSecret: string
  /** Begins every API key that this deployment makes and takes. */
  apiKeyPrefix: "vst_live_" | "vst_local_"
}

/** What somebody accepts who registers: where it can be read, and which version it is. */
export type Terms = { url: string; version: string }

export type SendKind = "first" | "resend" | "code"

/** Leave to send one invite e-mail; `release` gives it back when the send did not come about. */
export type SendReservation =
  | { allowed: true; release: () => Promise<void> }
  | { allowed: false; scope: RateLimit; limit: number; remaining: number; resetAt: Date }
