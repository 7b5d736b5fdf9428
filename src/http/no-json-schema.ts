// Replaces, in the Worker (wrangler.toml), the part of zod that writes JSON Schema. Only the build needs that (api/openapi.ts).

const refuse = () => {
  throw new Error("the Worker writes no JSON Schema")
}

/** Schemas have these as a property that nothing reads. */
export const createStandardJSONSchemaMethod = () => refuse

export const createToJSONSchemaMethod = refuse
export const toJSONSchema = refuse

const processors = new Proxy<Record<string, typeof refuse>>({}, { get: () => refuse })

export const {
  aggregateChecks,
  anyProcessor,
  arrayProcessor,
  bigintProcessor,
  booleanProcessor,
  catchProcessor,
  customProcessor,
  dateProcessor,
  defaultProcessor,
  enumProcessor,
  fileProcessor,
  functionProcessor,
  intersectionProcessor,
  lazyProcessor,
  literalProcessor,
  mapProcessor,
  nanProcessor,
  neverProcessor,
  nonoptionalProcessor,
  nullProcessor,
  nullableProcessor,
  numberProcessor,
  objectProcessor,
  optionalProcessor,
  pipeProcessor,
  prefaultProcessor,
  promiseProcessor,
  readonlyProcessor,
  recordProcessor,
  setProcessor,
  stringProcessor,
  successProcessor,
  symbolProcessor,
  templateLiteralProcessor,
  transformProcessor,
  tupleProcessor,
  undefinedProcessor,
  unionProcessor,
  unknownProcessor,
  voidProcessor,
} = processors
