/** @jsxImportSource react */
import { Body, Button, Container, Head, Html, Img, Link, Preview, Section, Text } from "jsx-email"
import type { PropsWithChildren, ReactNode } from "react"

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

/** The sender's logo and name, a card with the message, and small print below. */
export function EmailLayout({ lang, title, sender, preview, notes, footer, children }: EmailLayoutProps) {
  return (
    <Html lang={lang}>
      <Head>
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{title}</title>
      </Head>
      <Body lang={lang} style={{ margin: 0, padding: 0, backgroundColor: pageBackground }}>
        <Preview>{preview}</Preview>
        <Section style={{ backgroundColor: pageBackground, fontFamily, padding: "36px 16px", wordBreak: "break-word" }}>
          <Container containerWidth={560}>
            <Section style={{ padding: "0 29px 14px" }}>
              {"{{#logo_url}}"}
              <Img src="{{logo_url}}" alt={sender} height="40" />
              {"{{/logo_url}}"}
              <Text style={{ ...textStyle(16, textColor), fontWeight: 600, margin: 0 }}>{sender}</Text>
            </Section>
            <Section
              style={{
                backgroundColor: cardBackground,
                border: `1px solid ${borderColor}`,
                borderRadius: 10,
                padding: 28,
              }}
            >
              {children}
            </Section>
            <Section style={{ padding: "20px 29px 0" }}>
              {notes.map((note) => (
                <Text key={note} style={{ ...textStyle(13, mutedColor), margin: "0 0 6px" }}>
                  {note}
                </Text>
              ))}
              {footer}
            </Section>
          </Container>
        </Section>
      </Body>
    </Html>
  )
}

export function Paragraph({ children }: PropsWithChildren) {
  return <Text style={{ ...textStyle(15, textColor), margin: "0 0 16px" }}>{children}</Text>
}

/** Breaks anywhere, so that a long URL doesn't widen the email. */
export function LongLink({ href }: { href: string }) {
  return (
    <Link href={href} style={{ color: accentColor, fontSize: 13, textDecoration: "none", wordBreak: "break-all" }}>
      {href}
    </Link>
  )
}

/** The email's main action. */
export function ActionButton({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <Button
      href={href}
      width={220}
      height={44}
      borderRadius={8}
      fontSize={15}
      backgroundColor={accentColor}
      textColor="#ffffff"
      style={{ fontWeight: 600 }}
    >
      {children}
    </Button>
  )
}

/** A code in large digits. */
export function CodeBlock({ children }: PropsWithChildren) {
  return <Text style={{ ...textStyle(28, textColor), fontWeight: 600, letterSpacing: 6, margin: 0 }}>{children}</Text>
}

/** The link to decline, in small print. */
export function DeclineLink({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <Text style={{ ...textStyle(13, mutedColor), margin: "0 0 6px" }}>
      <Link href={href} style={{ color: mutedColor, textDecoration: "underline" }}>
        {children}
      </Link>
    </Text>
  )
}

/** The value of a slot as a quote, unless it is empty. */
export function Quote({ from, slot }: { from: string; slot: string }) {
  return (
    <Section>
      {`{{#${slot}}}`}
      <Text style={{ ...textStyle(13, mutedColor), margin: "24px 0 4px" }}>{from}</Text>
      <Text
        dir="auto"
        style={{
          ...textStyle(15, textColor),
          margin: 0,
          paddingLeft: 14,
          borderLeft: `2px solid ${borderColor}`,
          whiteSpace: "pre-wrap",
        }}
      >{`{{${slot}}}`}</Text>
      {`{{/${slot}}}`}
    </Section>
  )
}

function textStyle(fontSize: number, color: string) {
  return { color, fontSize, lineHeight: 1.55 }
}
