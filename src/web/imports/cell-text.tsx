import { revealLine } from "../../text/sanitize.ts"

/** The longest text of a cell that a page shows. */
const SHOWN_MAX = 120

/** A text of an imported file as one line, which can neither hide anything nor fill the page. */
export const cellText = (text: string, max = SHOWN_MAX): string =>
  revealLine(text.length > max ? `${text.slice(0, max)}…` : text)

type CellTextProps = { text: string | undefined; max?: number }

/** A text of an imported file. Whatever its direction, the page around it keeps its own. An address breaks before its domain. */
export function CellText({ text = "", max }: CellTextProps) {
  const [local = "", ...domain] = cellText(text, max).split(/(?=@)/)
  return (
    <bdi>
      {local}
      {domain.map((part) => [<wbr />, part])}
    </bdi>
  )
}
