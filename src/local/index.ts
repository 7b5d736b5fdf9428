// The Worker of a developer's machine. The mailbox isn't part of a deployment.

import { createWorker } from "../worker.ts"
import { app } from "./app.ts"
import { createStoringSender } from "./mailbox.tsx"

export { AccountLimiter } from "../limiters/account-limiter.ts"
export { MailPacer } from "../limiters/mail-pacer.ts"

export default createWorker(app, createStoringSender)
