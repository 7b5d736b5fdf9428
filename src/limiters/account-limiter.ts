import { DurableObject } from "cloudflare:workers"
import { type ApiAdmission, type ApiRequest, ApiRequests, type ApiUse } from "./api-requests.ts"
import { EmailSends, type FirstSend, type JobRequest, type SendDecision, type SendRequest } from "./email-sends.ts"

/**
 * Counts what is done in the name of one account: requests with its API keys, and emails of its invites. One object has both, so that a
 * request that sends an email asks once.
 */
export class AccountLimiter extends DurableObject<Env> {
  readonly #requests = new ApiRequests()
  readonly #emails = new EmailSends(this.ctx)

  /** Counts a request that changes something. If it may go on, `firstSend` reserves the email of the invite that it creates. */
  acquire({ firstSend, ...request }: ApiRequest & { firstSend?: FirstSend | undefined }): Acquired {
    const admission = this.#requests.acquire(request)
    const isNew = admission.allowed && !admission.inProgress
    return {
      ...admission,
      send: isNew && firstSend ? this.#emails.reserveFirst(firstSend) : undefined,
    }
  }

  countReads(use: ApiUse) {
    return this.#requests.countReads(use)
  }

  releaseRequest(keyId: string, idempotencyKey: string): void {
    this.#requests.release(keyId, idempotencyKey)
  }

  reserve(request: SendRequest): SendDecision {
    return this.#emails.reserve(request)
  }

  reserveMany(request: JobRequest): SendDecision[] {
    return this.#emails.reserveMany(request)
  }

  jobAllowance(request: Pick<JobRequest, "at" | "limits">) {
    return this.#emails.jobAllowance(request)
  }

  releaseSends(...sendIds: number[]): void {
    this.#emails.release(...sendIds)
  }

  override alarm(): Promise<void> {
    return this.#emails.cleanUp()
  }
}

type Acquired = ApiAdmission & { send: SendDecision | undefined }
