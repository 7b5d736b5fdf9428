/** The built Worker, which the runtime puts beside the bundle of counted.ts. */
declare const worker: ExportedHandler<{ DB: D1Database }>
export default worker
