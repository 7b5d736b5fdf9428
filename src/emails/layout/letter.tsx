/** @jsxImportSource react */
import { Body, Button, Container, Head, Html, Img, Link, Preview, Section, Text } from "jsx-email"
import type { PropsWithChildren, ReactNode } from "react"

const paper = "#fbfaf8"
const card = "#ffffff"
const ink = "#1d1c1a"
const soft = "#6b6862"
const line = "#e7e4de"
const accent = "{{accent}}"

// Without quotes, so that nothing inside a style attribute needs escaping: some clients then drop all of it.
const fontFamily = "Inter,-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif"

type LetterProps = PropsWithChildren<{
  lang: string
  title: string
  sender: string
  preview: string
  notes: string[]
  foot?: ReactNode
}>

/** The sender's name, a card with the letter, and small print below, all on one left edge. */
export function Letter({ lang, title, sender, preview, notes, foot, children }: LetterProps) {
  return (
    <Html lang={lang}>
      <Head>
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{title}</title>
      </Head>
      <Body lang={lang} style={{ margin: 0, padding: 0, backgroundColor: paper }}>
        <Preview>{preview}</Preview>
        <Section style={{ backgroundColor: paper, fontFamily, padding: "36px 16px", wordBreak: "break-word" }}>
          <Container containerWidth={560}>
            <Section style={{ padding: "0 29px 14px" }}>
              {"{{#logo_url}}"}
              <Img src="{{logo_url}}" alt={sender} height="40" />
              {"{{/logo_url}}"}
              <Text style={{ ...type(16, ink), fontWeight: 600, margin: 0 }}>{sender}</Text>
            </Section>
            <Section style={{ backgroundColor: card, border: `1px solid ${line}`, borderRadius: 10, padding: 28 }}>
              {children}
            </Section>
            <Section style={{ padding: "20px 29px 0" }}>
              {notes.map((note) => (
                <Text key={note} style={{ ...type(13, soft), margin: "0 0 6px" }}>
                  {note}
                </Text>
              ))}
              {foot}
            </Section>
          </Container>
        </Section>
      </Body>
    </Html>
  )
}

export function Paragraph({ children }: PropsWithChildren) {
  return <Text style={{ ...type(15, ink), margin: "0 0 16px" }}>{children}</Text>
}

/** Breaks anywhere, so that a long address does not widen the mail. */
export function LongLink({ href }: { href: string }) {
  return (
    <Link href={href} style={{ color: accent, fontSize: 13, textDecoration: "none", wordBreak: "break-all" }}>
      {href}
    </Link>
  )
}

/** The one thing to do. */
export function Action({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <Button
      href={href}
      width={220}
      height={44}
      borderRadius={8}
      fontSize={15}
      backgroundColor={accent}
      textColor="#ffffff"
      style={{ fontWeight: 600 }}
    >
      {children}
    </Button>
  )
}

/** Digits to read and type. */
export function Code({ children }: PropsWithChildren) {
  return <Text style={{ ...type(28, ink), fontWeight: 600, letterSpacing: 6, margin: 0 }}>{children}</Text>
}

/** The way out, in small print. */
export function Decline({ href, children }: PropsWithChildren<{ href: string }>) {
  return (
    <Text style={{ ...type(13, soft), margin: "0 0 6px" }}>
      <Link href={href} style={{ color: soft, textDecoration: "underline" }}>
        {children}
      </Link>
    </Text>
  )
}

/** Somebody's own words, when the slot has any. */
export function Quote({ from, slot }: { from: string; slot: string }) {
  return (
    <Section>
      {`{{#${slot}}}`}
      <Text style={{ ...type(13, soft), margin: "24px 0 4px" }}>{from}</Text>
      <Text
        style={{ ...type(15, ink), margin: 0, paddingLeft: 14, borderLeft: `2px solid ${line}` }}
      >{`{{${slot}}}`}</Text>
      {`{{/${slot}}}`}
    </Section>
  )
}

function type(fontSize: number, color: string) {
  return { color, fontSize, lineHeight: 1.55 }
}
