import type { Child } from "hono/jsx"
import type { Messages } from "../../text/en.ts"

type CopyButtonProps = {
  /** The id of the element whose text it copies. */
  of: string
  label?: string
  isSecondary?: boolean
  t: Messages
}

/** Copies the text of an element. Pages without script don't show it. */
export function CopyButton({ of, label, isSecondary, t: { copying } }: CopyButtonProps) {
  return (
    <button class={isSecondary ? "button secondary" : "button"} type="button" {...copyAttributes(of, copying)}>
      {label ?? copying.copy}
    </button>
  )
}

type CopyableProps = { id: string; name: string; t: Messages; children: Child }

/** A value of a record with a button beside it that copies it. */
export function Copyable({ id, name, t: { copying }, children }: CopyableProps) {
  return (
    <span class="copyable">
      <span id={id} class="wrap-anywhere">
        {children}
      </span>{" "}
      <button class="link" type="button" aria-label={copying.copyName(name)} {...copyAttributes(id, copying)}>
        {copying.copy}
      </button>
    </span>
  )
}

const copyAttributes = (id: string, copying: Messages["copying"]) => ({
  "data-copy": id,
  "data-copied": copying.copied,
  "data-press": copying.press("{keys}"), // public/app/copy.js knows the keys of the device
})
