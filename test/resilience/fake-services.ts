import { setTimeout as wait } from "node:timers/promises"
import { random } from "./random.ts"

const MAX_RESPONSE_MS = 40

/** A mail provider and queues that fail as a test specifies. They outlive the Worker. */
export class FakeServices {
  /** The share of emails that the provider refuses for now. */
  mailFailureRate = 0
  rejectsQueueMessages = false
  copiesPerMessage = 1

  rejectedMails = 0
  rejectedQueueMessages = 0
  /** How often the Worker was killed. Within one lifetime it must not send an email twice. */
  kills = 0
  /** How many emails the provider has received but not yet answered. */
  mailsInProgress = 0
  /** For each address, the lifetimes of the Worker in which an email to it was accepted. */
  readonly accepted = new Map<string, number[]>()

  /** Answers requests of the service binding FAULTS. */
  async answer(path: string, body: string): Promise<{ ok: boolean; answer: object }> {
    if (path === "/copies") return { ok: true, answer: { copies: this.copiesPerMessage } }
    if (path === "/enqueue") return this.#receiveQueueMessage()
    return this.#receiveMail(body)
  }

  #receiveQueueMessage() {
    if (this.rejectsQueueMessages) this.rejectedQueueMessages++
    return { ok: !this.rejectsQueueMessages, answer: {} }
  }

  async #receiveMail(to: string) {
    this.mailsInProgress++
    return this.#deliver(to).finally(() => this.mailsInProgress--)
  }

  async #deliver(to: string) {
    const lifetime = this.kills
    await wait(random() * MAX_RESPONSE_MS)
    if (random() < this.mailFailureRate) {
      this.rejectedMails++
      return { ok: false, answer: { code: "E_INTERNAL_SERVER_ERROR" } }
    }
    this.accepted.set(to, [...(this.accepted.get(to) ?? []), lifetime])
    await wait(random() * MAX_RESPONSE_MS)
    return { ok: true, answer: { messageId: `<${crypto.randomUUID()}@provider.example>` } }
  }

  get acceptedTwice(): [string, number[]][] {
    return [...this.accepted].filter(([, lifetimes]) => lifetimes.length > 1)
  }

  get acceptances(): number {
    return [...this.accepted.values()].flat().length
  }
}
