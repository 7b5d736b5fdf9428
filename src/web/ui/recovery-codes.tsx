import type { RecoveryCodes } from "../../domain/factors/recovery-codes.ts"
import type { Messages } from "../../text/en.ts"
import { CopyButton } from "./copy-button.tsx"

type NewRecoveryCodesProps = { t: Messages; codes: RecoveryCodes; nextPath: string; isFirst?: boolean }

/** New recovery codes, which are shown once, and a way on. */
export function NewRecoveryCodes({ t: messages, codes, nextPath, isFirst }: NewRecoveryCodesProps) {
  const { factors } = messages
  const t = factors.recoveryCodes
  return (
    <>
      <p>
        {isFirst && t.first} {t.shownOnce}
      </p>
      <textarea id="recovery-codes" class="mono" rows={codes.length} readonly aria-label={t.title} spellcheck={false}>
        {codes.join("\n")}
      </textarea>
      <p class="help">{t.text}</p>
      <div class="buttons">
        <CopyButton of="recovery-codes" label={t.copy} t={messages} />
        <a href={nextPath}>{factors.done}</a>
      </div>
    </>
  )
}
