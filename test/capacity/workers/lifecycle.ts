import { countingD1 } from "../../support/counting-d1.ts"
import worker from "./worker.js"

// A built Worker that counts what it uses, sends its emails nowhere, and whose clock can be set. It is asked one thing at a time.

export { AccountLimiter, MailPacer } from "./worker.js"

type Bindings = {
  DB: D1Database
  REPLAY: D1Database
  MAIL_QUEUE: Queue
  ACCOUNT_LIMITER: DurableObjectNamespace
  MAIL_PACER: DurableObjectNamespace
}
type Recorded = { sql: string; values: unknown[] }

const RealDate = Date
let offsetMs = 0
class ShiftedDate extends RealDate {
  constructor(...parts: unknown[]) {
    super(...((parts.length > 0 ? parts : [RealDate.now() + offsetMs]) as [number]))
  }
  static override now = () => RealDate.now() + offsetMs
}
globalThis.Date = ShiftedDate as DateConstructor

let sent = 0
const used = { requests: 0, invocations: 0, messages: 0, objectRequests: 0, emails: 0 }
let recorded: Recorded[][] | undefined
let prepared: { env: Bindings; costs: ReturnType<typeof countingD1>["costs"] } | undefined

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url)
    const { env: counted, costs } = prepare(env)
    if (url.pathname === "/_usage") {
      const usage = { ...used, ...costs }
      Object.assign(used, { requests: 0, invocations: 0, messages: 0, objectRequests: 0, emails: 0 })
      Object.assign(costs, { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 })
      return Response.json(usage)
    }
    if (url.pathname === "/_clock") {
      offsetMs = Number(url.searchParams.get("days")) * 86_400_000
      return new Response("ok")
    }
    if (url.pathname === "/_record") {
      const batches = recorded ?? []
      recorded = []
      return Response.json(batches)
    }
    if (url.pathname === "/_replay") {
      for (const batch of await request.json<Recorded[][]>()) {
        await env.REPLAY.batch(batch.map(({ sql, values }) => env.REPLAY.prepare(sql).bind(...values)))
      }
      return new Response("ok")
    }
    used.requests += 1
    return (await worker.fetch?.(request, counted, ctx)) ?? new Response(null, { status: 500 })
  },
  queue(batch, env, ctx) {
    used.invocations += 1
    return worker.queue?.(batch, prepare(env).env, ctx)
  },
  scheduled(controller, env, ctx) {
    used.invocations += 1
    return worker.scheduled?.(controller, prepare(env).env, ctx)
  },
} satisfies ExportedHandler<Bindings>

function prepare(env: Bindings) {
  if (prepared) return prepared
  const { database, costs } = countingD1(recording(env.DB))
  const EMAIL = {
    send: async () => {
      used.emails += 1
      return { messageId: `<${++sent}@provider.example>` }
    },
  }
  const queues = Object.entries(env).filter(([name]) => name.endsWith("_QUEUE"))
  const counted = {
    ...env,
    DB: database,
    EMAIL,
    ...Object.fromEntries(queues.map(([name, queue]) => [name, countMessages(queue as Queue)])),
    ACCOUNT_LIMITER: countCalls(env.ACCOUNT_LIMITER),
    MAIL_PACER: countCalls(env.MAIL_PACER),
  }
  prepared = { env: counted, costs }
  return prepared
}

/** A database that remembers the batches that it was given, once `/_record` was asked for. */
function recording(database: D1Database): D1Database {
  const statements = new WeakMap<object, Recorded>()
  const remember = (statement: D1PreparedStatement, recordedStatement: Recorded): D1PreparedStatement => {
    statements.set(statement, recordedStatement)
    return statement
  }
  return new Proxy(database, {
    get(target, name: keyof D1Database) {
      if (name === "prepare") {
        return (sql: string) =>
          new Proxy(target.prepare(sql), {
            get: (statement, property: keyof D1PreparedStatement) =>
              property === "bind"
                ? (...values: unknown[]) => remember(statement.bind(...values), { sql, values })
                : Reflect.get(statement, property).bind(statement),
          })
      }
      if (name !== "batch") return Reflect.get(target, name).bind(target)
      return (batch: D1PreparedStatement[]) => {
        recorded?.push(batch.flatMap((statement) => statements.get(statement) ?? []))
        return target.batch(batch)
      }
    },
  })
}

function countMessages(queue: Queue): Queue {
  return new Proxy(queue, {
    get(target, name: keyof Queue) {
      return (...args: [never]) => {
        used.messages += name === "sendBatch" ? [...(args[0] as unknown[])].length : 1
        return Reflect.apply(Reflect.get(target, name), target, args)
      }
    },
  })
}

function countCalls(namespace: DurableObjectNamespace): DurableObjectNamespace {
  return new Proxy(namespace, {
    get(target, name: keyof DurableObjectNamespace) {
      if (name !== "getByName") return Reflect.get(target, name).bind(target)
      return (objectName: string) => {
        const stub = target.getByName(objectName)
        return new Proxy(stub, {
          get(object, method) {
            const value = Reflect.get(object, method)
            if (typeof value !== "function") return value
            return (...args: unknown[]) => {
              used.objectRequests += 1
              return Reflect.apply(value, object, args)
            }
          },
        })
      }
    },
  })
}
