import { createApp } from "./app.ts"
import { mailSenderOf } from "./jobs/mail-sender.ts"
import { createWorker } from "./worker.ts"

export { AccountLimiter } from "./limiters/account-limiter.ts"
export { MailPacer } from "./limiters/mail-pacer.ts"

export default createWorker(createApp(), mailSenderOf)
