import { setTimeout as wait } from "node:timers/promises"
import { chance } from "./chance.ts"

const SLOWEST_ANSWER_MS = 40

/** What the Worker finds around it: a mail provider and queues, which fail as a test tells them to. They outlive it. */
export class Surroundings {
  /** The share of mails that the provider does not take for now. */
  mailFailures = 0
  queuesRefuse = false
  copiesOfMessages = 1

  refusedMails = 0
  refusedNudges = 0
  /** How often the Worker was killed: a mail that was taken twice in one of its lives has no excuse. */
  kills = 0
  /** How many mails the provider has been asked to take and has not answered for. */
  mailsUnderWay = 0
  /** For each address, in which of the Worker's lives a mail to it was taken. */
  readonly accepted = new Map<string, number[]>()

  /** Answers the service binding FAULTS. */
  async answer(path: string, body: string): Promise<{ ok: boolean; answer: object }> {
    if (path === "/copies") return { ok: true, answer: { copies: this.copiesOfMessages } }
    if (path === "/nudge") return this.#nudged()
    return this.#mail(body)
  }

  #nudged() {
    if (this.queuesRefuse) this.refusedNudges++
    return { ok: !this.queuesRefuse, answer: {} }
  }

  async #mail(to: string) {
    this.mailsUnderWay++
    return this.#taken(to).finally(() => this.mailsUnderWay--)
  }

  async #taken(to: string) {
    const life = this.kills
    await wait(chance() * SLOWEST_ANSWER_MS)
    if (chance() < this.mailFailures) {
      this.refusedMails++
      return { ok: false, answer: { code: "E_INTERNAL_SERVER_ERROR" } }
    }
    this.accepted.set(to, [...(this.accepted.get(to) ?? []), life])
    await wait(chance() * SLOWEST_ANSWER_MS)
    return { ok: true, answer: { messageId: `<${crypto.randomUUID()}@provider.example>` } }
  }

  get acceptedTwice(): [string, number[]][] {
    return [...this.accepted].filter(([, lives]) => lives.length > 1)
  }

  get acceptances(): number {
    return [...this.accepted.values()].flat().length
  }
}
