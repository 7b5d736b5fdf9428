import type { Messages } from "../../text/en.ts"

/** What public/app/failures.js says, as attributes of the page. */
export const failureTexts = ({ failures, errorPage, signIn }: Messages) => ({
  "data-offline": failures.offline,
  "data-unreachable": failures.unreachable,
  "data-timeout": failures.timeout,
  "data-server-error": errorPage.internal.detail,
  "data-stale": failures.stale,
  "data-try-again": failures.tryAgain,
  "data-signed-out": signIn.signedOut,
  "data-signed-out-in-form": failures.signedOutInForm,
  "data-sign-in": signIn.submit,
})
