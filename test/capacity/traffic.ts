import type { Client } from "../bench/client.ts"
import { pageCall, type Visitor } from "./group-pages.ts"

const TRAFFIC_MS = 100

/** Until it is stopped, the reseller that moves creates invites, and another one of its group looks at a page. */
export function startTraffic(front: Client, single: Client, { moved, other }: { moved: Visitor; other: Visitor }) {
  let [created, refused, isOver, isRefusing] = [0, 0, false, false]
  const times: number[] = []
  const call = pageCall(other, "invites page")
  async function run() {
    for (let n = 0; !isOver; n++) {
      // A request that began before is refused by the database, which the Worker would answer as the directory does.
      const status = await createInvite(front, moved, String(n), () => (isRefusing ? [201, 500, 503] : [201]))
      if (status === 201) created += 1
      else refused += 1
      const started = performance.now()
      await single.send(call)
      times.push(performance.now() - started)
      await new Promise((resolve) => setTimeout(resolve, TRAFFIC_MS))
    }
    await createInvite(front, moved, "late", () => [503])
    refused += 1
  }
  const running = run()
  return {
    expectRefusal: () => {
      isRefusing = true
    },
    stop: async () => {
      isOver = true
      await running
    },
    report: () => {
      const sorted = times.toSorted((one, another) => one - another)
      return {
        created,
        refused,
        othersMs: { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 },
      }
    },
  }
}

/** Creates an invite by API. Returns the status of the answer; throws if it isn't an expected one. */
export async function createInvite(
  front: Client,
  { apiKey, reseller }: Visitor,
  name: string,
  expected: () => number[],
): Promise<number> {
  const answer = await front.send({
    method: "POST",
    path: "/api/v1/invites",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${apiKey}`,
      "Idempotency-Key": `live-${name}`,
    },
    body: JSON.stringify({
      company_name: `Live ${name}`,
      contact_name: "Priya Nair",
      contact_email: `live-${name}@customer.example`,
      billing_email: `billing@reseller-${reseller.number}.example`,
      billing_phone: "+14155550132",
    }),
  })
  if (expected().includes(answer.status)) return answer.status
  throw new Error(`creating ${name} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
}
