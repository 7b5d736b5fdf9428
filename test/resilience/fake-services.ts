import { setTimeout as wait } from "node:timers/promises"
import { random } from "./random.ts"

const RESPONSE_MS = 40

type Mail = { to: string; invocation: string }

/** A mail provider and queues that fail as a test specifies. They outlive the Worker. */
export class FakeServices {
  /** The share of emails that the provider refuses for now. */
  mailFailureRate = 0
  /** How long the provider takes at most, before it accepts an email and again before it answers. */
  responseMs = RESPONSE_MS
  rejectsQueueMessages = false
  copiesPerMessage = 1

  rejectedMails = 0
  rejectedQueueMessages = 0
  /** How often the Worker was killed. Within one lifetime it must not send an email twice. */
  kills = 0
  /** The emails that the provider has received but not yet answered. */
  readonly inProgress = new Set<Mail>()
  /** The most that one invocation of the Worker had in progress. */
  mostOfOneInvocation = 0
  /** The addresses in the order in which their emails were accepted. */
  readonly order: string[] = []
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

  async #receiveMail(body: string) {
    const mail: Mail = JSON.parse(body)
    this.inProgress.add(mail)
    const ofInvocation = [...this.inProgress].filter(({ invocation }) => invocation === mail.invocation)
    this.mostOfOneInvocation = Math.max(this.mostOfOneInvocation, ofInvocation.length)
    return this.#deliver(mail.to).finally(() => this.inProgress.delete(mail))
  }

  async #deliver(to: string) {
    const lifetime = this.kills
    await wait(random() * this.responseMs)
    if (random() < this.mailFailureRate) {
      this.rejectedMails++
      return { ok: false, answer: { code: "E_INTERNAL_SERVER_ERROR" } }
    }
    this.accepted.set(to, [...(this.accepted.get(to) ?? []), lifetime])
    this.order.push(to)
    await wait(random() * this.responseMs)
    return { ok: true, answer: { messageId: `<${crypto.randomUUID()}@provider.example>` } }
  }

  get acceptedTwice(): [string, number[]][] {
    return [...this.accepted].filter(([, lifetimes]) => lifetimes.length > 1)
  }

  get acceptances(): number {
    return [...this.accepted.values()].flat().length
  }
}
