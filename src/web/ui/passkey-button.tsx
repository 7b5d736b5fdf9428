import { assets } from "../../../.generated/assets.ts"

type PasskeyButtonProps = {
  label: string
  /** What the browser is asked for, or the path of it, if it is needed for longer than a challenge is valid. */
  options?: object
  source?: string
  /** Where the form goes with a passkey, if not to its own action. */
  action?: string
  /** Whether the browser also offers passkeys in the autofill of the form. */
  inAutofill?: boolean
  isPrimary?: boolean
  /** Whether it stands beside others. */
  isInRow?: boolean
  /** What the form says after the person cancelled, if it has a place for messages. */
  cancelled?: string
}

/** A button that asks for a passkey and submits its form with the answer. Hidden where the browser can't do that (public/early.js). */
export function PasskeyButton({ label, options, source = "", isPrimary, isInRow, ...props }: PasskeyButtonProps) {
  const { action, inAutofill, cancelled } = props
  return (
    <>
      <input type="hidden" name="passkey" value="" />
      <button
        type="button"
        class={`button${isPrimary ? "" : " secondary"}${isInRow ? "" : " full-width"}`}
        data-passkey={source}
        data-passkey-options={options && JSON.stringify(options)}
        data-passkey-action={action}
        data-passkey-autofill={inAutofill}
        data-cancelled={cancelled}
      >
        {label}
      </button>
      <script src={assets.passkeys} defer />
    </>
  )
}
