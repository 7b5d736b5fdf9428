import { type Components, type Direction, type JsonSchema, SchemaComparison } from "./schema-breaks.ts"

type Media = Record<string, { schema?: JsonSchema }>
type Parameter = { name: string; in: string; required?: boolean; schema?: JsonSchema }
type Response = { content?: Media; headers?: Record<string, unknown> }

type Operation = {
  operationId?: string
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content?: Media }
  responses?: Record<string, Response>
  /** The day on which a deprecated operation can be removed. */
  "x-sunset"?: string
}

/** The parts of an OpenAPI document that the comparison reads. */
export type ApiDocument = {
  servers?: { url: string }[]
  paths?: Record<string, Record<string, Operation>>
  webhooks?: Record<string, Record<string, Operation>>
  components?: { schemas?: Components }
  "x-problems"?: { code: string; status: number }[]
}

/** Everything in the later document that could break a program that was written for the earlier one. */
export function breakingChanges(before: ApiDocument, after: ApiDocument, today: Date): string[] {
  const compare = (direction: Direction) =>
    new SchemaComparison(direction, before.components?.schemas ?? {}, after.components?.schemas ?? {})
  const comparisons = { request: compare("request"), response: compare("response") }
  const eventsAfter = operationsOf(after.webhooks)
  const callsAfter = operationsOf(after.paths)
  return [
    ...(before.servers?.[0]?.url === after.servers?.[0]?.url
      ? []
      : [`the path of the API is ${after.servers?.[0]?.url}`]),
    ...[...operationsOf(before.paths)].flatMap(([call, operation]) => {
      const changed = callsAfter.get(call)
      if (changed) return operationBreaks(operation, changed, call, comparisons)
      const isSunset = new Date(operation["x-sunset"] ?? "9999-12-31") <= today
      return isSunset ? [] : [`${call}: removed`]
    }),
    ...[...operationsOf(before.webhooks)].flatMap(([event, operation]) => {
      const changed = eventsAfter.get(event)
      if (!changed) return [`${event}: removed`]
      return mediaBreaks(operation.requestBody?.content, changed.requestBody?.content, event, comparisons.response)
    }),
    ...problemBreaks(before["x-problems"] ?? [], after["x-problems"] ?? []),
  ]
}

/** Operations by method and path. How a parameter of the path is called makes no difference to callers. */
const operationsOf = (paths: Record<string, Record<string, Operation>> = {}) =>
  new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replaceAll(/{\w+}/g, "{}")}`,
        operation,
      ]),
    ),
  )

type Comparisons = Record<Direction, SchemaComparison>

function operationBreaks(before: Operation, after: Operation, at: string, comparisons: Comparisons): string[] {
  return [
    ...(before.operationId === after.operationId ? [] : [`${at}: the client calls it ${after.operationId}`]),
    ...securityBreaks(before, after, at),
    ...parameterBreaks(before.parameters ?? [], after.parameters ?? [], at, comparisons.request),
    ...(after.requestBody?.required && !before.requestBody?.required ? [`${at}: now requires a body`] : []),
    ...mediaBreaks(before.requestBody?.content, after.requestBody?.content, `${at} body`, comparisons.request),
    ...responseBreaks(before.responses ?? {}, after.responses ?? {}, at, comparisons.response),
  ]
}

/** Each way to authenticate must still do, without another scope. */
function securityBreaks({ security: before = [] }: Operation, { security: after = [] }: Operation, at: string) {
  const isEnough = (given: Record<string, string[]>) =>
    after.length === 0 ||
    after.some((needed) =>
      Object.entries(needed).every(([scheme, scopes]) => scopes.every((scope) => given[scheme]?.includes(scope))),
    )
  return before.every(isEnough) ? [] : [`${at}: now needs ${JSON.stringify(after)}`]
}

function parameterBreaks(before: Parameter[], after: Parameter[], at: string, comparison: SchemaComparison): string[] {
  const inPath = (parameters: Parameter[]) => parameters.filter((parameter) => parameter.in === "path")
  const key = (parameter: Parameter, all: Parameter[]) =>
    parameter.in === "path"
      ? `path ${inPath(all).indexOf(parameter) + 1}`
      : `${parameter.in} ${parameter.in === "header" ? parameter.name.toLowerCase() : parameter.name}`
  const parametersBefore = new Map(before.map((parameter) => [key(parameter, before), parameter]))
  const parametersAfter = new Map(after.map((parameter) => [key(parameter, after), parameter]))
  const nowRequired = [...parametersAfter].filter(
    ([name, { required }]) => required && !parametersBefore.get(name)?.required,
  )
  return [
    ...nowRequired.map(([name]) => `${at} ${name}: now required`),
    ...[...parametersBefore].flatMap(([name, parameter]) => {
      const changed = parametersAfter.get(name)
      return changed
        ? comparison.breaks(parameter.schema ?? {}, changed.schema ?? {}, `${at} ${name}`)
        : [`${at} ${name}: removed`]
    }),
  ]
}

function responseBreaks(
  before: Record<string, Response>,
  after: Record<string, Response>,
  at: string,
  comparison: SchemaComparison,
): string[] {
  const successes = (responses: Record<string, Response>) =>
    Object.entries(responses).filter(([status]) => status < "300")
  const added = successes(after).filter(([status]) => !before[status])
  return [
    ...added.map(([status]) => `${at}: can now answer ${status}`),
    ...successes(before).flatMap(([status, response]) => {
      const changed = after[status]
      if (!changed) return [`${at}: no longer answers ${status}`]
      const headers = Object.keys(response.headers ?? {}).filter((name) => !changed.headers?.[name])
      return [
        ...headers.map((name) => `${at} ${status}: no longer has the header ${name}`),
        ...mediaBreaks(response.content, changed.content, `${at} ${status}`, comparison),
      ]
    }),
  ]
}

function mediaBreaks(before: Media = {}, after: Media = {}, at: string, comparison: SchemaComparison): string[] {
  return Object.entries(before).flatMap(([type, { schema = {} }]) => {
    const changed = after[type]
    return changed ? comparison.breaks(schema, changed.schema ?? {}, at) : [`${at}: ${type} removed`]
  })
}

type Problem = { code: string; status: number }

function problemBreaks(before: Problem[], after: Problem[]): string[] {
  return before.flatMap(({ code, status }) => {
    const changed = after.find((problem) => problem.code === code)
    if (!changed) return [`problem ${code}: removed`]
    return changed.status === status ? [] : [`problem ${code}: the status is now ${changed.status}`]
  })
}
