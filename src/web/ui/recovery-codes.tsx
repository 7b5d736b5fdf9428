import type { RecoveryCodes } from "../../domain/factors/recovery-codes.ts"
import type { Messages } from "../../text/en.ts"

type NewRecoveryCodesProps = { t: Messages; codes: RecoveryCodes; nextPath: string; isFirst?: boolean }

/** New recovery codes, which are shown once, and a way on. */
export function NewRecoveryCodes({ t: { factors }, codes, nextPath, isFirst }: NewRecoveryCodesProps) {
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
        <button class="button" type="button" data-copy="recovery-codes" data-copied={t.copied} hidden>
          {t.copy}
        </button>
        <a href={nextPath}>{factors.done}</a>
      </div>
    </>
  )
}
