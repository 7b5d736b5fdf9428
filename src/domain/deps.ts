import type { BatchItem } from "drizzle-orm/batch"
import type { Db } from "../storage/db.ts"
import type { Invite, OutboxRow } from "../storage/schema.ts"
import type { LinkKeys } from "./access/signed-token.ts"
import type { RateLimit } from "./failure.ts"

/** Everything outside the domain that its operations need. */
export type Deps = {
  db: Db
  /** Reads in one round trip. In an API request, the same batch checks the key; throws if it is no longer active. */
  read: Read
  /** Set while access is still to be checked: `commit` checks it in the batch that it writes. */
  accessGuard?: AccessGuard
  now: () => Date
  config: Config
  linkKeys: LinkKeys
  /** Loads what new passwords are checked against. Throws `rate_limited` with the scope `busy` if it can't. */
  loadCommonPasswords: () => Promise<void>
  reserveSend: (invite: EmailedInvite, kind: SendKind) => Promise<SendReservation>
  /** Decides in one call about emails of a job to a reseller's customers, in order. Once the hourly limit is reached, all others wait. */
  reserveSends: (resellerId: string, requests: JobSend[]) => Promise<JobSendDecision[]>
  releaseSends: (resellerId: string, sendIds: number[]) => Promise<void>
  /** What jobs of a reseller can send now, and in any hour. */
  jobAllowance: (resellerId: string) => Promise<JobAllowance>
  /** Asks whether it is this email's turn, and waits for it if that doesn't take long. Never throws. */
  takeTurn: (email: MailSender) => Promise<Turn>
  /** Holds back all emails, because the provider has refused one: a moment for its rate, minutes for its sender. Never throws. */
  pauseMail: (reason: "rate" | "sender") => Promise<void>
  /** Sends the ids of due outbox rows to the queues. Never throws: the cron job requeues messages that get lost. */
  enqueue: (messages: DueMessage[]) => void
  /** Gives a job its next turn, `delaySeconds` from now at the earliest. Never throws: the cron job requeues what gets lost. */
  enqueueJob: (jobId: string, delaySeconds?: number) => void
  /** Sends the id of an exhausted row to the dead-letter queue. Never throws either. */
  deadLetter: (outboxId: string) => void
  /** Set if the request has an idempotency key: its response is stored in the batch of its effect (idempotency.ts). */
  request?: IdempotentRequest | undefined
  /** Who sent the request. Jobs have none. */
  client?: Client
}

/** The network that a request came from, the value of the cookie of a known browser (known-browser.ts), and the browser's time zone. */
export type Client = { network: string; knownBrowser: string | undefined; timeZone: string | undefined }

type Batch = [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]]

export type AccessGuard = {
  /**
   * Runs statements in one batch and returns their results. Throws, without an effect, unless access is granted. With `isSelfChecked`,
   * the statements check access themselves: without it they have no effect, and the first returns no rows. It doesn't throw then: a
   * caller that gets no rows must read, or call `ensureGranted`, before it answers.
   */
  runBatch: (statements: Batch, options: { isSelfChecked: boolean }) => Promise<unknown[]>
  /** Throws unless access is granted. */
  ensureGranted: () => Promise<void>
}

/** Runs queries that change nothing, and returns the rows of each. */
export type Read = Db["batch"]

/** A due row of the outbox. Its kind, and whether it is bulk, decide the queue. */
export type DueMessage = Pick<OutboxRow, "id" | "resellerId" | "kind" | "isBulk">

/** Whose turn it is to send: resellers take turns, emails about a person's own sign-in belong to none. */
export type MailSender = Pick<OutboxRow, "resellerId" | "isBulk">

/** Permission to send an email now, which `release` returns if nothing was sent, or when to ask again. */
export type Turn = { isGranted: true; release: () => Promise<void> } | { isGranted: false; retryInSeconds: number }

/** A request with its idempotency key, which is unique to the actor, and a SHA-256 of its path and content. */
export type IdempotentRequest = { actorId: string; idempotencyKey: string; requestHash: string }

type Config = {
  baseUrl: string
  platformName: string
  mailFrom: string
  /** The terms for resellers without terms of their own. */
  terms: Terms
  resendCooldownSeconds: number
  /** What one address can get, from all senders together. */
  recipientMailsPerHour: number
  recipientCodesPerDay: number
  /** How long a claim on an outbox row lasts. */
  claimSeconds: number
  firstRetrySeconds: number
  /** True if webhooks can call this machine. */
  allowsLoopback: boolean
  /** The hosts that webhooks may call, and hosts below them; null for all public ones. */
  webhookHosts: string[] | null
  /** Webhook secrets and email codes are derived from it. */
  masterSecret: string
  /** The one before it, which still opens what was encrypted with it; null if there is none. */
  previousMasterSecret: string | null
  /** A provider reports what becomes of emails. */
  hasDeliveryEvents: boolean
  /** The prefix of this deployment's API keys, except test keys. */
  apiKeyPrefix: "vst_live_" | "vst_local_"
}

/** Terms of service: their URL and version. */
export type Terms = { url: string; version: string }

/** What limits of emails depend on. */
export type EmailedInvite = Pick<Invite, "id" | "kind" | "audienceId" | "resellerId" | "emailSinceVersion">

/** `renewal`: the contact asks for a link. */
export type SendKind = "first" | "resend" | "renewal" | "code"

/** One email of a job. `key` is unique to the row of the job: who asks again for the same one gets the same reservation. */
export type JobSend = { key: string; inviteId: string; kind: SendKind }

export type JobSendDecision =
  | { allowed: true; sendId: number }
  | { allowed: false; scope: RateLimit; limit: number; resetAt: Date }

/** `resetAt`: when jobs can send more, if they can send fewer than `perHour` now. */
export type JobAllowance = {
  now: number
  perHour: number
  /** What the deployment sends in a second and, of jobs, in a day; 0 is no limit. */
  perSecond: number
  perDay: number
  resetAt: Date | undefined
}

/** Permission to send one invite email. `release` returns it if the email isn't sent. */
export type SendReservation =
  | { allowed: true; release: () => Promise<void> }
  | { allowed: false; scope: RateLimit; limit: number; remaining: number; resetAt: Date }
