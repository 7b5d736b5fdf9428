import { expect, it, vi } from "vitest"
import { collectForQueue } from "../src/http/collect.ts"

const newQueue = () => ({}) as Queue

it("messages of requests at about the same time are sent together, each once, and later ones by themselves", async () => {
  const queue = newQueue()
  const send = vi.fn(async () => undefined)
  await Promise.all([collectForQueue(queue, ["a", "b"], send), collectForQueue(queue, ["c"], send)])
  expect(send.mock.calls).toEqual([[queue, ["a", "b", "c"]]])
  await collectForQueue(queue, ["d"], send)
  expect(send.mock.calls.slice(1)).toEqual([[queue, ["d"]]])
})

it("messages for different queues aren't mixed", async () => {
  const [mail, webhooks] = [newQueue(), newQueue()]
  const send = vi.fn(async () => undefined)
  await Promise.all([collectForQueue(mail, ["a"], send), collectForQueue(webhooks, ["b"], send)])
  expect(send.mock.calls).toEqual([
    [mail, ["a"]],
    [webhooks, ["b"]],
  ])
})

it("messages don't wait for a request that was ended before it sent its own", async () => {
  const queue = newQueue()
  vi.useFakeTimers({ toFake: ["Date"] })
  const wait = vi.spyOn(scheduler, "wait").mockReturnValueOnce(new Promise(() => undefined))
  void collectForQueue(queue, ["lost"], async () => undefined)
  vi.setSystemTime(Date.now() + 1_000)
  const send = vi.fn(async () => undefined)
  await collectForQueue(queue, ["later"], send)
  expect(send.mock.calls).toEqual([[queue, ["later"]]])
  wait.mockRestore()
  vi.useRealTimers()
})

it("a message of a request whose clock is behind isn't added to those that were sent", async () => {
  const queue = newQueue()
  vi.useFakeTimers({ toFake: ["Date"] })
  const send = vi.fn(async () => undefined)
  await collectForQueue(queue, ["sent"], send)
  await collectForQueue(queue, ["behind"], send)
  expect(send.mock.calls).toEqual([
    [queue, ["sent"]],
    [queue, ["behind"]],
  ])
  vi.useRealTimers()
})

it("messages are collected for longer while more keep coming, up to 100 ms, and for 20 ms again after that", async () => {
  const queue = newQueue()
  vi.useFakeTimers({ toFake: ["Date"] })
  const send = vi.fn(async () => undefined)
  const wait = vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
    await Promise.resolve()
    vi.setSystemTime(Date.now() + ms)
  })
  for (let n = 0; n < 5; n++) {
    await Promise.all([collectForQueue(queue, [n], send), collectForQueue(queue, [n], send)])
  }
  await collectForQueue(queue, ["alone"], send)
  await collectForQueue(queue, ["next"], send)
  expect(wait.mock.calls).toEqual([20, 40, 80, 100, 100, 100, 20].map((ms) => [ms]))
  expect(send).toHaveBeenCalledTimes(7)
  wait.mockRestore()
  vi.useRealTimers()
})
