import { DurableObject } from "cloudflare:workers"

/** The built Worker, which the runtime puts beside a bundle. */
declare const worker: ExportedHandler<{ DB: D1Database }>
export default worker
export declare class AccountLimiter extends DurableObject {}
export declare class MailPacer extends DurableObject {}
