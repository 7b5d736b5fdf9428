import { plainAddress } from "../../text/sandbox-address.ts"

/**
 * Providers of mailboxes for private persons: who shares one of these domains needn't work for the same company. The most common ones
 * of each country were chosen from the npm packages `email-providers` 2.26 (its domains among the Majestic Million) and
 * `free-email-domains` 1.12.
 */
const PROVIDERS = new Set(
  `gmail.com googlemail.com icloud.com me.com mac.com aol.com aim.com msn.com ymail.com rocketmail.com proton.me protonmail.com pm.me
  tutanota.com tuta.com tuta.io fastmail.com fastmail.fm hey.com zoho.com zohomail.com mail.com email.com usa.com inbox.com hushmail.com
  mailbox.org posteo.de posteo.net
  qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com tom.com singnet.com.sg
  naver.com daum.net hanmail.net nate.com kakao.com
  docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com biglobe.ne.jp ocn.ne.jp excite.co.jp
  rediffmail.com indiatimes.com sify.com walla.co.il walla.com netvision.net.il mynet.com
  mail.ru bk.ru list.ru inbox.ru rambler.ru ya.ru ukr.net i.ua meta.ua tut.by
  web.de t-online.de freenet.de arcor.de online.de email.de bluewin.ch aon.at
  orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr club-internet.fr
  libero.it virgilio.it alice.it tin.it tiscali.it email.it
  telefonica.net terra.es sapo.pt uol.com.br bol.com.br terra.com.br ig.com.br globo.com oi.com.br
  wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu op.pl gazeta.pl seznam.cz email.cz centrum.cz post.cz azet.sk
  freemail.hu citromail.hu abv.bg mail.bg inbox.lv
  telenet.be skynet.be ziggo.nl planet.nl home.nl xs4all.nl hetnet.nl
  btinternet.com virginmedia.com sky.com talktalk.net blueyonder.co.uk ntlworld.com tiscali.co.uk eircom.net
  spray.se online.no mail.dk kolumbus.fi suomi24.fi
  comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com netzero.net
  rogers.com shaw.ca sympatico.ca telus.net bigpond.com optusnet.com.au iinet.net.au tpg.com.au`.split(/\s+/),
)

/** Providers with a domain in many countries, such as `yahoo.co.jp` and `gmx.net`. */
const FAMILIES = /^(?:gmx|hotmail|live|outlook|yahoo|yandex)(?:\.com?)?\.[a-z]{2,3}$/

/** True if private persons have mailboxes at this domain (in lowercase). */
export const isFreeMail = (domain: string): boolean => PROVIDERS.has(domain) || FAMILIES.test(domain)

/** The domain of an address, unless private persons have mailboxes there. */
export function toCompanyDomain(email = ""): string | null {
  const plain = plainAddress(email)
  const domain = plain.slice(plain.lastIndexOf("@") + 1)
  return domain && !isFreeMail(domain) ? domain : null
}

/** Before a hash in the search index. No word has this character. */
const HASH_START = "\u2029"

/**
 * A short hash (FNV-1a) by which the search index finds a domain, or another value as a whole, instead of the value itself, which would
 * stay in deleted parts of the index. Its capital letters are in no word that is searched for. Different values can have the same one.
 */
export function hashDomain(domain: string): string {
  const bytes = new TextEncoder().encode(domain)
  const hash = bytes.reduce((value, byte) => Math.imul(value ^ byte, 0x01000193), 0x811c9dc5) >>> 0
  return (
    HASH_START +
    hash
      .toString(16)
      .padStart(8, "0")
      .replace(/./g, (digit) => "ABCDEFGHIJKLMNOP"[Number.parseInt(digit, 16)] ?? "")
  )
}
