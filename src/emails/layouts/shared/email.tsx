/** @jsxImportSource react */
import { Html, Img, Link, Text } from "jsx-email"
import type { PropsWithChildren, ReactNode } from "react"
import { STYLES } from "./styles.ts"

const pageBackground = "#fbfaf8"
const cardBackground = "#ffffff"
const textColor = "#1d1c1a"
const mutedColor = "#6b6862"
const borderColor = "#e7e4de"
const accentColor = "{{accent}}"

// Without quotes, which would have to be escaped: some clients drop a whole style attribute that contains an escape.
// The fonts after Arial have the Japanese characters that it lacks.
const fontFamily =
  "Inter,-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,Hiragino Sans,Yu Gothic UI,Meiryo,sans-serif"

type EmailLayoutProps = PropsWithChildren<{
  lang: string
  title: string
  sender: string
  preview: string
  notes: string[]
  footer?: ReactNode
}>

const WIDTH = 560

/**
 * The sender's logo or name, a card with the message, and small print below. Inline styles are what all email programs know; the
 * styles in the head refine them. The body has none, because many programs replace it.
 */
export function EmailLayout({ lang, title, sender, preview, notes, footer, children }: EmailLayoutProps) {
  return (
    <Html lang={lang} enableVML={false}>
      <Head title={title} />
      <body>
        <div style={{ display: "none" }}>{preview}</div>
        <Table className="page" width="100%" backgroundColor={pageBackground} lang={lang}>
          <Cell align="center" padding="16px 12px 24px" fontFamily={fontFamily} wordBreak="break-word">
            <WordTable />
            <Table width="100%" maxWidth={WIDTH}>
              <Cell padding="0 21px 12px" textAlign="left">
                <Brand sender={sender} />
              </Cell>
            </Table>
            <Table width="100%" maxWidth={WIDTH} className="card" backgroundColor={cardBackground} hasBorder>
              <Cell padding="20px" textAlign="left">
                {children}
              </Cell>
            </Table>
            <Table width="100%" maxWidth={WIDTH}>
              <Cell padding="16px 21px 0" textAlign="left">
                {notes.map((note) => (
                  <SmallPrint key={note}>{note}</SmallPrint>
                ))}
                {footer}
              </Cell>
            </Table>
            <WordTable isEnd />
          </Cell>
        </Table>
      </body>
    </Html>
  )
}

function Head({ title }: { title: string }) {
  return (
    <head>
      <meta httpEquiv="Content-Type" content="text/html; charset=UTF-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="x-apple-disable-message-reformatting" />
      <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
      <title>{title}</title>
      {STYLES.map((style) => (
        <style key={style} dangerouslySetInnerHTML={{ __html: style }} />
      ))}
    </head>
  )
}

/** The sender's logo, or their name without one. */
function Brand({ sender }: { sender: string }) {
  const nameStyle = { ...textStyle(16, textColor), fontWeight: 600 }
  return (
    <>
      {"{{#logo_url}}"}
      <Img
        className="logo ink"
        src="{{logo_url}}"
        alt={sender}
        height="32"
        disableDefaultStyle
        // Outlook knows only the attribute; other programs fit a wide logo into the width.
        style={{ ...nameStyle, border: "none", display: "block", maxWidth: "100%", height: "auto", maxHeight: "32px" }}
      />
      {"{{/logo_url}}{{^logo_url}}"}
      <Text className="ink" style={{ ...nameStyle, margin: 0 }}>
        {sender}
      </Text>
      {"{{/logo_url}}"}
    </>
  )
}

type TableProps = PropsWithChildren<{
  className?: string
  width?: string
  maxWidth?: number
  backgroundColor?: string
  hasBorder?: boolean
  lang?: string
}>

/** A table of one row. Word's engine, in Outlook on Windows, knows padding of cells only. */
function Table({ children, width, lang, className, hasBorder, ...style }: TableProps) {
  return (
    <table
      {...{ className, width, lang }}
      role="presentation"
      border={0}
      cellPadding={0}
      cellSpacing={0}
      style={{ ...style, ...(hasBorder && { border: `1px solid ${borderColor}`, borderCollapse: "separate" }) }}
    >
      <tbody>
        <tr>{children}</tr>
      </tbody>
    </table>
  )
}

type CellProps = PropsWithChildren<{
  align?: "center"
  padding: string
  textAlign?: "left"
  fontFamily?: string
  wordBreak?: "break-word"
}>

const Cell = ({ children, align, ...style }: CellProps) => (
  <td align={align} style={style}>
    {children}
  </td>
)

/** Limits the width in Word's engine, which doesn't know `max-width`. */
function WordTable({ isEnd = false }: { isEnd?: boolean }) {
  const start = `<table role="presentation" width="${WIDTH}" cellpadding="0" cellspacing="0"><tr><td>`
  const comment = `<!--[if mso]>${isEnd ? "</td></tr></table>" : start}<![endif]-->`
  return <span dangerouslySetInnerHTML={{ __html: comment }} />
}

export function Paragraph({ children, isAfterButton = false }: PropsWithChildren<{ isAfterButton?: boolean }>) {
  return (
    <Text className="ink" style={{ ...textStyle(15, textColor), margin: isAfterButton ? "16px 0 0" : "0 0 12px" }}>
      {children}
    </Text>
  )
}

export function SmallPrint({ children }: PropsWithChildren) {
  return (
    <Text className="soft" style={{ ...textStyle(13, mutedColor), margin: "0 0 6px" }}>
      {children}
    </Text>
  )
}

/** Secondary words in a paragraph. */
export const Soft = ({ children }: PropsWithChildren) => (
  <span className="soft" style={{ color: mutedColor, fontSize: 13 }}>
    {children}
  </span>
)

export function Heading({ children }: PropsWithChildren) {
  return (
    <Text className="ink" style={{ ...textStyle(15, textColor), fontWeight: 600, margin: "0 0 4px" }}>
      {children}
    </Text>
  )
}

export function AccentLink({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <Link className="accent" href={href} style={{ color: accentColor, textDecoration: "none" }}>
      {children}
    </Link>
  )
}

/** The email's main action. */
export function ActionButton({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <table role="presentation" border={0} cellPadding={0} cellSpacing={0}>
      <tbody>
        <tr>
          <td className="button" style={{ backgroundColor: accentColor, msoPaddingAlt: "11px 20px" } as object}>
            <Link
              className="label"
              href={href}
              style={{
                ...textStyle(15, "#ffffff"),
                display: "inline-block",
                fontWeight: 600,
                padding: "11px 20px",
                textDecoration: "none",
              }}
            >
              {children}
            </Link>
          </td>
        </tr>
      </tbody>
    </table>
  )
}

/** A code in large digits. */
export function CodeBlock({ children }: PropsWithChildren) {
  return (
    <Text className="ink" style={{ ...textStyle(28, textColor), fontWeight: 600, letterSpacing: 6, margin: 0 }}>
      {children}
    </Text>
  )
}

/** The link to decline, in small print. */
export function DeclineLink({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <SmallPrint>
      <Link className="soft" href={href} style={{ color: mutedColor, textDecoration: "underline" }}>
        {children}
      </Link>
    </SmallPrint>
  )
}

/** The value of a slot as a quote, unless it is empty. */
export function Quote({ from, slot }: { from: string; slot: string }) {
  return (
    <>
      {`{{#${slot}}}`}
      <Text className="soft" style={{ ...textStyle(13, mutedColor), margin: "16px 0 4px" }}>
        {from}
      </Text>
      <table role="presentation" border={0} cellPadding={0} cellSpacing={0}>
        <tbody>
          <tr>
            <td
              dir="auto"
              className="quote ink"
              style={{
                ...textStyle(15, textColor),
                borderLeft: `2px solid ${borderColor}`,
                paddingLeft: 14,
              }}
            >{`{{${slot}}}`}</td>
          </tr>
        </tbody>
      </table>
      {`{{/${slot}}}`}
    </>
  )
}

function textStyle(fontSize: number, color: string) {
  return { color, fontSize, lineHeight: 1.5 }
}
