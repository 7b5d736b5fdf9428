import { API_BASE, findRoute, type RouteMethod, type RouteName } from "../routes.ts"
import { type KeyCheck, requireScope } from "./authenticate.ts"
import { requireOperator } from "./authenticate-operator.ts"
import type { Operation } from "./router.ts"

type OperationDetails = Omit<Operation, "method" | "path" | "security" | "middleware">
type ApiRouteName = RouteName<"apiKey" | "operator">

/** An operation of the API: its method, path and authentication come from routes.ts, in the form that OpenAPI uses. */
export function createRoute<O extends OperationDetails>(name: ApiRouteName, operation: O, keyCheck?: KeyCheck) {
  const mediaTypes = Object.keys(operation.request?.body?.content ?? {})
  const route = findRoute(name)
  if (route.area !== "apiKey" && route.area !== "operator") throw new Error(`${name} is not a route of the API`)
  return {
    ...operation,
    method: route.method.toLowerCase() as Lowercase<RouteMethod<ApiRouteName>>,
    path: route.path.slice(API_BASE.length).replaceAll(/:(\w+)/g, "{$1}"),
    ...(route.area === "operator"
      ? requireOperator(mediaTypes)
      : requireScope(route.permission, { mediaTypes, maxBytes: operation.bodyLimits?.bytes, ...keyCheck })),
  }
}
