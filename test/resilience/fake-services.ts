import { setTimeout as wait } from "node:timers/promises"
import { random } from "./random.ts"

const MAX_RESPONSE_MS = 40

/** What the Worker finds around it: a mail provider and queues, which fail as a test tells them to. They outlive it. */
export class FakeServices {
  /** The share of mails that the provider does not take for now. */
  mailFailureRate = 0
  rejectsQueueMessages = false
  copiesPerMessage = 1

  rejectedMails = 0
  rejectedQueueMessages = 0
  /** How often the Worker was killed: a mail that was taken twice in one of its lives has no excuse. */
  kills = 0
  /** How many mails the provider has been asked to take and has not answered for. */
  mailsInProgress = 0
  /** For each address, in which of the Worker's lives a mail to it was taken. */
  readonly accepted = new Map<string, number[]>()

  /** Answers the service binding FAULTS. */
  async answer(path: string, body: string): Promise<{ ok: boolean; answer: object }> {
    if (path === "/copies") return { ok: true, answer: { copies: this.copiesPerMessage } }
    if (path === "/nudge") return this.#nudged()
    return this.#mail(body)
  }

  #nudged() {
    if (this.rejectsQueueMessages) this.rejectedQueueMessages++
    return { ok: !this.rejectsQueueMessages, answer: {} }
  }

  async #mail(to: string) {
    this.mailsInProgress++
    return this.#taken(to).finally(() => this.mailsInProgress--)
  }

  async #taken(to: string) {
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
