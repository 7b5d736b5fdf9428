import { createApp } from "./app.ts"
import { createWorker } from "./worker.ts"

export { AccountLimiter } from "./limiters/account-limiter.ts"
export { MailPacer } from "./limiters/mail-pacer.ts"

export default createWorker(createApp(), (env) => (mail) => env.EMAIL.send(mail))
