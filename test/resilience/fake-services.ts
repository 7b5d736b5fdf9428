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
  /** How many emails the `send_email` binding takes on this day. */
  bindingQuota = Number.POSITIVE_INFINITY
  /** The share of emails that the HTTP provider takes without its answer arriving. */
  lostAnswerRate = 0
  rejectsQueueMessages = false
  copiesPerMessage = 1

  rejectedMails = 0
  lostAnswers = 0
  /** What the HTTP provider took, by idempotency key. */
  readonly #posted = new Map<string, { id: string; body: string }>()
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

  /** Answers requests of the Worker to the HTTP provider: an API such as that of Resend, which takes an email once for each key. */
  async answerApi(key: string, body: string): Promise<{ status: number; answer: object }> {
    const known = this.#posted.get(key)
    if (known && known.body !== body) return { status: 409, answer: { name: "invalid_idempotent_request" } }
    const { id } = known ?? (await this.#accept(JSON.parse(body).to[0]))
    this.#posted.set(key, { id, body })
    if (random() >= this.lostAnswerRate) return { status: 200, answer: { id } }
    this.lostAnswers++
    return { status: 502, answer: {} }
  }

  get posted(): number {
    return this.#posted.size
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
    if (random() < this.mailFailureRate) return this.#refuse("E_INTERNAL_SERVER_ERROR")
    if (this.order.length - this.posted >= this.bindingQuota) return this.#refuse("E_DAILY_LIMIT_EXCEEDED")
    const { id } = await this.#accept(to)
    return { ok: true, answer: { messageId: id } }
  }

  async #refuse(code: string) {
    await wait(random() * this.responseMs)
    this.rejectedMails++
    return { ok: false, answer: { code } }
  }

  async #accept(to: string) {
    const lifetime = this.kills
    await wait(random() * this.responseMs)
    this.accepted.set(to, [...(this.accepted.get(to) ?? []), lifetime])
    this.order.push(to)
    await wait(random() * this.responseMs)
    return { id: `<${crypto.randomUUID()}@provider.example>` }
  }

  get acceptedTwice(): [string, number[]][] {
    return [...this.accepted].filter(([, lifetimes]) => lifetimes.length > 1)
  }

  get acceptances(): number {
    return [...this.accepted.values()].flat().length
  }
}
