import type { Messages } from "./en.ts"

// Emails address a person by name and 様; pages speak of people with さん, and of companies by their name alone.
// Between Japanese and Latin letters or digits there is no space.

/** A duration such as `10 分` without its space. */
const closeUp = (text: string) => text.replace(/\s/g, "")

export const ja = {
  language: { code: "ja", name: "日本語", dates: "ja-JP", colon: "：", space: "" },
  justNow: "たった今",

  phrases: {
    personOfCompany: (person, company) => `${company}の${person}さん`,
    callUs: (phone) => `、またはお電話（${phone}）`,
    purpose: {
      customer: (company, reseller) => `${reseller}で${company}のアカウントを開設する`,
      staff: (_company, reseller) => `${reseller}のスタッフとして参加する`,
      member: (company, reseller) => `${reseller}を利用する${company}のアカウントに参加する`,
    },
  },

  memberRoles: { admin: "管理者", member: "メンバー" },
  memberRoleDescriptions: {
    admin: "ほかの人を招待し、メンバーを管理します。",
    member: "アカウントのメンバーを確認できます。",
  },

  emails: {
    invite: {
      subject: "{{reseller_name}}へのご招待",
      preview: "{{inviter}}から{{company_name}}へのご招待です。リンクの有効期限は{{expires_on}}です。",
      paragraphs: [
        "{{contact_name}} 様",
        "{{platform_name}}の技術を活用した、{{reseller_name}}のセルフサービスポータルにご招待します。ネットワーク接続を、もっと美しく、もっと自動的に。クラウドに期待するとおりの体験を、ぜひお楽しみください！",
        "社内ネットワークやバックボーンの強化も、クラウドやSaaSへの接続も、サービス間の相互接続も、思いのまま。さらに、マーケットプレイスを通じてほかの企業とつながり、安全でプライベートな独自のエコシステムを築けます。",
        "下のリンクからアカウントを作成すると、登録は完了です。あとはクリックして、作って、つなぐだけ！",
      ],
      linkLabel: "つながる第一歩はこちら：",
      buttonLabel: "アカウントを作成",
      noteLabel: "{{inviter}}からのメッセージ：",
      notes: [
        "リンクの有効期限は{{expires_on}}です。",
        "この招待は、{{inviter}}より、{{company_name}}のご担当者様のアドレス（{{contact_email}}）宛てにお送りしています。",
        "ご不明な点は、このメールへの返信{{support_line}}でお問い合わせください。",
      ],
      declineLabel: "この招待に心当たりがない場合",
    },
    accountInvite: {
      subject: "{{inviter}}から{{account_name}}への招待が届いています",
      preview: "{{inviter}}から、{{purpose}}ための招待が届いています。リンクの有効期限は{{expires_on}}です。",
      paragraphs: [
        "{{contact_name}} 様",
        "{{inviter}}から、{{purpose}}ための招待が届いています。役割は「{{role}}」です。このサービスは{{platform_name}}の技術を活用しています。",
        "下のリンクからアカウントを作成してください。すでにアカウントをお持ちの場合は、そのアカウントで招待を承諾できます。",
      ],
      linkLabel: "ご参加はこちら：",
      buttonLabel: "招待を承諾",
      noteLabel: "{{inviter}}からのメッセージ：",
      notes: [
        "リンクの有効期限は{{expires_on}}です。",
        "この招待は、{{inviter}}より、{{contact_email}}宛てにお送りしています。",
        "ご不明な点は、このメールへの返信{{support_line}}でお問い合わせください。",
      ],
      declineLabel: "この招待に心当たりがない場合",
    },
    reminder: {
      subject: "【{{reseller_name}}】招待の有効期限は{{expires_on}}です",
      preview: "リンクは{{expires_on}}まで有効です。",
      paragraphs: [
        "{{contact_name}} 様",
        "{{inviter}}から、{{purpose}}ための招待が届いています。下のリンクは{{expires_on}}まで有効です。期限を過ぎると、新しい招待が必要になります。",
      ],
      linkLabel: "ご登録はこちら：",
      buttonLabel: "アカウントを作成",
      notes: [
        "ご不明な点は、このメールへの返信{{support_line}}でお問い合わせください。",
        "このお知らせをお送りするのは今回限りです。",
      ],
      declineLabel: "この招待に心当たりがない場合",
    },
    verificationCode: {
      subject: "確認コード：{{code}}",
      preview: "コードは{{minutes}}分間有効です。",
      intro: "{{purpose}}ための招待リンクが開かれました。ご本人の場合は、次のコードを入力してください。",
      notes: [
        "コードは{{minutes}}分間有効で、一度だけ使えます。",
        "お心当たりがない場合は、このメールを無視してください。コードがなければ、第三者が手続きを進めることはできません。コードは誰にも教えないでください。こちらからお尋ねすることもありません。",
        "ご不明な点は、このメールへの返信{{support_line}}でお問い合わせください。",
      ],
    },
    passwordReset: {
      subject: "{{platform_name}}のパスワードの再設定",
      preview: "リンクは{{minutes}}分間有効で、一度だけ使えます。",
      paragraphs: [
        "{{name}} 様",
        "{{platform_name}}のパスワード再設定のご依頼を受け付けました。次のリンクを開いて、新しいパスワードを設定してください。",
      ],
      buttonLabel: "パスワードを再設定",
      notes: [
        "リンクは、ご依頼から{{minutes}}分間有効で、一度だけ使えます。パスワードを再設定すると、すべての端末からログアウトされます。",
        "お心当たりがない場合は、このメールを無視してください。パスワードは変更されません。",
      ],
    },
    confirmCurrentEmail: {
      subject: "{{platform_name}}のメールアドレス変更の確認",
      preview: "このアドレスと新しいアドレスの両方で確認するまで、変更されません。",
      paragraphs: [
        "{{name}} 様",
        "{{platform_name}}へのログインに使うメールアドレスを{{new_email}}に変更するご依頼を受け付けました。次のリンクを開いて確認してください。新しいアドレスにも別のリンクをお送りしました。両方の確認が済むと、変更が有効になります。",
      ],
      buttonLabel: "変更を確認",
      notes: [
        "リンクは{{hours}}時間有効です。",
        "お心当たりがない場合は、リンクを開かないでください。第三者にパスワードを知られています。次のページで新しいパスワードを設定してください：{{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "{{platform_name}}で使うメールアドレスの確認",
      preview: "このアドレスと現在のアドレスの両方で確認するまで、変更されません。",
      paragraphs: [
        "{{platform_name}}へのログインにこのメールアドレスを使いたいとの依頼がありました。ご本人の場合は、次のリンクを開いて確認してください。現在のアドレスにも別のリンクをお送りしました。両方の確認が済むと、変更が有効になります。",
      ],
      buttonLabel: "このアドレスを確認",
      notes: ["リンクは{{hours}}時間有効です。", "お心当たりがない場合は、このメールを無視してください。"],
    },
    securityNotice: {
      subject: "セキュリティに関するお知らせ：{{event}}",
      preview: "お心当たりがない場合は、すぐにご対応ください。",
      paragraphs: ["{{name}} 様", "{{event}}。日時：{{time}}", "{{advice}}"],
      buttonLabel: "パスワードを再設定",
      notes: ["このメールは、セキュリティ保護のためにお送りしています。配信を停止することはできません。"],
    },
  },

  preview: {
    subject: "件名",
    from: "差出人",
    to: "宛先",
    contactName: "担当者名",
    contactEmail: "name@example.co.jp",
    companyName: "会社名",
    emails: "メール",
    kinds: { invite: "招待", reminder: "リマインダー" },
    plainText: "テキスト形式",
  },

  layout: {
    skipToContent: "本文へ移動",
    dismiss: "閉じる",
    navigation: "メインメニュー",
    account: "アカウント",
    switchAccount: "アカウントを切り替え",
    staffAccount: (reseller) => `${reseller}（スタッフ）`,
    customerAccount: (customer, reseller) => `${customer}（${reseller}）`,
    signOut: "ログアウト",
    profile: "プロフィール",
    questions: "お問い合わせ先",
    poweredBy: (platform) => `技術提供：${platform}`,
    next: "次へ →",
    previous: "← 前へ",
    newer: "← 新しいもの",
    older: "古いもの →",
    newestFirst: "新しい順",
    cancel: "キャンセル",
  },

  invalidLink: {
    title: "無効なリンク",
    heading: "リンクが途中で切れています",
    copyWholeLink:
      "メールソフトによっては、長いリンクが途中で切れたり改行されたりすることがあります。メールに戻り、「https」から最後の文字までリンク全体をコピーして、アドレスバーに貼り付けてください。",
    askForNewInvite: "それでも開けない場合は、メールに返信して、新しい招待をご依頼ください。",
  },

  registration: {
    setUp: (account) => `${account}のアカウントを開設`,
    join: (account) => `${account}に参加`,
    invitedYou: (sender) => `${sender}からの招待です。`,
    roleOf: {
      customer: "新しいアカウントの管理者となり、同僚を招待できるようになります。",
      staff: (reseller, role) => `${reseller}のスタッフとして参加します。役割は「${role}」です。`,
      member: (company, reseller, role) =>
        `${reseller}を利用する${company}のアカウントに参加します。役割は「${role}」です。`,
    },
    email: "メールアドレス",
    name: "お名前",
    password: "パスワード",
    passwordHelp: (min) => `${min}文字以上。短い文にするのがおすすめです。`,
    passwordCount: "{min}文字中{count}文字",
    passwordChecking: "長さは十分です。確認しています…",
    passwordGood: "このパスワードを使用できます。",
    failed: "サーバーに接続できませんでした。入力内容は残っています。もう一度お試しください。",
    showPassword: "パスワードを表示",
    hidePassword: "パスワードを非表示",
    existingPassword: "パスワード",
    existingPasswordHelp: (account) =>
      `すでにアカウントをお持ちです。パスワードを入力すると、お持ちのアカウントに${account}が追加されます。`,
    signedInAs: (name, account) =>
      `${name}としてログインしています。このまま進むと、${account}がアカウントに追加されます。`,
    termsOfService: "利用規約",
    acceptTerms: (terms, reseller, version) => [
      reseller ? `${reseller}の` : "",
      terms,
      `（バージョン${version}）に同意します。`,
    ],
    create: "アカウントを作成",
    accept: "招待を承諾",
  },

  linkStates: {
    signIn: "ログイン",
    signOutAndContinue: "ログアウトして続ける",
    goToAccount: "アカウントへ移動",
    sendNewLink: "新しいリンクを受け取る",
    sendLinkAgain: "最新のリンクをもう一度受け取る",
    purged: {
      title: "このリンクは使用できません",
      text: (reseller) => `この招待は終了し、個人データは削除されました。${reseller}に新しい招待をご依頼ください。`,
    },
    wrong_user: {
      title: "別のアカウントでログインしています",
      text: (address, name, email) =>
        `この招待は${address}宛てですが、現在は${name}（${email}）としてログインしています。変更は行われていません。`,
    },
    email_changed: {
      title: "招待の宛先が変更されました",
      text: (sender) =>
        `この招待の宛先アドレスが変更されたため、このリンクは使えなくなりました。お心当たりがない場合は、${sender}にお問い合わせください。`,
    },
    suspended: {
      title: "現在ご利用いただけません",
      text: (reseller) =>
        `${reseller}のアカウントは一時的に利用できなくなっており、このリンクも使えません。しばらくしてからもう一度お試しいただくか、下記までお問い合わせください。`,
    },
    superseded: {
      title: "新しいリンクがあります",
      text: (address, sentAt, reseller) => [
        `新しいリンクを${address}宛てにお送りしました（`,
        sentAt,
        `）。${reseller}からの最新のメールを開き、そのリンクをお使いください。`,
      ],
    },
    expired: {
      title: "リンクの有効期限が切れています",
      text: (expiredOn, address, sender) => [
        "このリンクの有効期限は",
        expiredOn,
        `でした。${sender}に登録されているアドレス（${address}）に、新しいリンクをお送りできます。`,
      ],
    },
    accepted: {
      title: "すでに参加しています",
      text: (account) => `${account}への招待を承諾済みです。現在ログインしています。`,
    },
    leftAccount: {
      title: "このアカウントのメンバーではありません",
      text: (account) =>
        `この招待は承諾済みですが、現在は${account}のメンバーではありません。もう一度参加するには、管理者に招待をご依頼ください。`,
    },
    acceptedByOther: {
      text: (account, address, name, email) =>
        `${account}へのこの招待は、${address}で承諾されています。現在は${name}（${email}）としてログインしています。`,
    },
    acceptedSignedOut: {
      title: "すでにアカウントをお持ちです",
      text: (account, address) =>
        `${account}へのこの招待は承諾済みです。招待の宛先アドレス（${address}）でログインしてください。`,
    },
    revoked: {
      title: "この招待は取り消されました",
      text: (sender) =>
        `${sender}によって招待が取り消されたため、このリンクは使えません。ご不明な点は、招待元にお問い合わせください。`,
    },
    declined: {
      title: "この招待は辞退されました",
      text: (sender) =>
        `この招待に心当たりがないとのご連絡がありました。参加をご希望の場合は、${sender}に招待の再送をご依頼ください。`,
    },
  },

  emailCode: {
    willSend: (sender, address) =>
      `${sender}からの招待です。メールアドレスを確認するため、まず6桁のコードを${address}宛てにお送りします。`,
    sent: (sender, address) =>
      `${sender}からの招待です。メールアドレスを確認するため、${address}宛てにメールをお送りします。メールに記載された6桁のコードを入力してください。コードの代わりにリンクが記載されている場合は、そのリンクを開いてください。`,
    label: "確認コード",
    help: (minutes) => `コードはメールに記載されています。${minutes}分間有効です。`,
    submit: "次へ",
    send: "コードを受け取る",
    sendAnother: "別のコードを受け取る",
    cooldown: "先ほどコードが請求されました。受信トレイをご確認ください。",
    dailyLimit: "この招待で本日受け取れるコードの上限に達しました。受信トレイで最新のメールをご確認ください。",
    hourlyLimit: "現在、コードをお送りできません。",
    retryIn: (wait) => `${closeUp(wait)}後に、もう一度お試しください。`,
    suppressed: "このアドレスにはメールをお送りできません。別のアドレス宛ての招待をご依頼ください。",
  },

  renewal: {
    sentTitle: "新しいリンクをお送りします",
    sent: (address, reseller) =>
      `${address}宛てにお送りします。以前のリンクは使えなくなりました。メールが届かない場合は、迷惑メールフォルダをご確認いただくか、${reseller}（下記の連絡先）までお問い合わせください。`,
    sentAgainTitle: "最新のリンクをお送りします",
    sentAgain: (address, reseller) =>
      `${address}宛てにもう一度お送りします。メールが届かない場合は、迷惑メールフォルダをご確認いただくか、${reseller}（下記の連絡先）までお問い合わせください。`,
    notSentTitle: "現在、リンクをお送りできません",
    suppressed: (address, reseller) =>
      `${address}にはメールをお送りできません。以前のメールが届かなかったか、配信停止のご依頼があったためです。${reseller}（下記の連絡先）までお問い合わせください。`,
    unavailable: (reseller) =>
      `この招待の新しいリンクはお送りできません。${reseller}（下記の連絡先）までお問い合わせください。`,
    cooldown: "リンクは先ほどお送りしました。受信トレイをご確認ください。",
    hourlyLimit: "現在、リンクをお送りできません。",
    retryIn: (wait) => `${closeUp(wait)}後に、もう一度お試しください。`,
  },

  decline: {
    title: "お心当たりがありませんか？",
    text: (sender, contact, address) =>
      `これは、${sender}から${contact}（${address}）宛てに送られた招待です。ご自身宛てでない場合は、お知らせください。以後、${sender}からこのアドレスにメールは届かなくなります。`,
    someone: "ご担当者",
    submit: "この招待に心当たりがない",
    doneTitle: "ありがとうございました",
    done: (sender, address) => `以後、${sender}から${address}にメールは届きません。このページは閉じてかまいません。`,
    expiredTitle: "リンクの有効期限が切れています",
    expired: (sender) =>
      `この招待はすでに無効なため、ご対応は不要です。${sender}からほかのメールも受け取りたくない場合は、下記までご連絡ください。`,
    acceptedTitle: "この招待は承諾されました",
    accepted: (account, reseller) =>
      `${account}へのこの招待は、このアドレスで承諾されています。お心当たりがない場合は、${reseller}（下記の連絡先）までお問い合わせください。`,
  },

  unsubscribe: {
    title: "メールの配信停止",
    text: (sender, address) =>
      `${sender}から${address}へのメールをすべて停止しますか？ 招待のリンクは引き続きご利用いただけます。`,
    submit: "配信を停止する",
    doneTitle: "配信を停止しました",
    done: (sender, address) =>
      `以後、お客様がご自身で依頼された場合を除き、${sender}から${address}にメールは届きません。招待のリンクは引き続きご利用いただけます。`,
  },

  signIn: {
    title: "ログイン",
    email: "メールアドレス",
    password: "パスワード",
    submit: "ログイン",
    wrongCredentials: "メールアドレスまたはパスワードが正しくありません。",
    footer: "ログインできるのは、所属する会社から許可された方だけです。",
    forgotPassword: "パスワードをお忘れですか？",
    signedOut: "ログアウトされました。",
    kept: "もう一度ログインすると、入力した内容がそのまま表示されます。",
    signedInAgain:
      "再度ログインしました。変更も送信もまだ行われていません。入力内容を確認して、もう一度送信してください。",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account) => `${account}・サンドボックス`,
    notice: "サンドボックス：これはテスト用で、メールは外部に送信されません。",
    signIn: "テスト用のサンドボックスにログインします。",
    signInAddress: (address) => `ここに再びログインするには、メールアドレスに ${address} と入力してください。`,
  },

  failures: {
    offline: "オフラインです。接続を確認して、もう一度お試しください。",
    unreachable: "接続できませんでした。もう一度お試しください。",
    timeout: "時間がかかりすぎています。もう一度お試しください。",
    stale: "現在このページを更新できません。引き続き試みます。",
    tryAgain: "もう一度試す",
    signedOutInForm:
      "ログアウトされました。入力はそのまま続けられます。送信時にもう一度ログインすると、入力内容は残っています。",
  },

  copying: {
    copy: "コピー",
    copyName: (name: string) => `${name}をコピー`,
    copied: "コピーしました",
    press: (keys: string) => `${keys}を押してコピーしてください。`,
  },

  errorPage: {
    requestId: (id) => `お問い合わせの際は、次のリクエストIDをお知らせください：${id}`,
    home: "ホームに戻る",
    backToInvite: "招待に戻る",
    insecure: {
      title: "安全な接続ではありません",
      detail: "最新のブラウザーで、「https://」から始まるURLを使ってこのページを開き、もう一度入力してください。",
    },
    badForm: {
      title: "フォームを受け付けられません",
      detail: "フォームを読み取れませんでした。ページを再読み込みして、もう一度お試しください。",
    },
    formTooLarge: {
      title: "入力内容が多すぎます",
      detail:
        "フォームの上限（64KB、200項目）を超えています。前のページに戻り、内容を減らしてからもう一度送信してください。変更は行われていません。",
    },
    urlTooLong: {
      title: "URLが長すぎます",
      detail: "このページのURLが長すぎます。正しくコピーされているかご確認ください。",
    },
    headersTooLarge: {
      title: "リクエストが大きすぎます",
      detail: "ブラウザーから送られたデータが大きすぎます。このサイトのCookieを削除して、もう一度お試しください。",
    },
    internal: {
      title: "エラーが発生しました",
      detail: "サーバーでエラーが発生しました。しばらくしてから、もう一度お試しください。",
    },
  },

  problems: {
    not_found: { title: "見つかりません", detail: "存在しないか、アクセスする権限がありません。" },
    forbidden: {
      title: "権限がありません",
      detail: "現在の役割ではこの操作を行えません。社内の管理者にご相談ください。",
    },
    invalid_cursor: {
      title: "ページが見つかりません",
      detail: "一覧のこのページは表示できません。最初のページからやり直してください。",
    },
    invite_not_pending: {
      title: "招待は終了しています",
      detail: () => "この招待はすでに終了しているため、取り消しもリンクのコピーもできません。",
    },
    invite_not_resendable: {
      title: "招待は終了しています",
      detail: () => "この招待はすでに終了しているため、変更も再送信もできません。",
    },
    newer_invite_pending: {
      title: "新しい招待があります",
      detail: "このアドレスには、より新しい招待が送られています。そちらを再送信してください。",
    },
    email_suppressed: {
      title: "メールを送信できないアドレスです",
      detail: "このアドレスにはメールを送信できません。別のアドレスを使ってください。",
      wayOut: (edit) => `招待を開いて「${edit}」を選んでください。`,
    },
    resend_cooldown: { title: "メールの送信が多すぎます", detail: "この招待は先ほど送信されたばかりです。" },
    resend_daily_limit: {
      title: "メールの送信が多すぎます",
      detail: "この招待の1日あたりの再送信の上限に達しました。",
    },
    email_hourly_limit: {
      title: "メールの送信が多すぎます",
      detail: "1時間あたりの招待メールの上限に達しました。",
    },
    busy: { title: "混み合っています", detail: "現在、パスワードを確認できません。" },
    guess_limit: {
      title: "試行回数が多すぎます",
      detail: "誤ったパスワードまたはコードの入力が続いたため、一時的に制限しています。",
    },
    request_limit: {
      title: "送信回数が多すぎます",
      detail: "お使いのネットワークからの送信が多すぎます。1分ほど待ってから、もう一度お試しください。",
    },
    email_change_cooldown: {
      title: "メールの送信が多すぎます",
      detail: "アドレスの変更は、先ほど受け付けたばかりです。",
    },
    version_conflict: {
      title: "ほかの人が変更しました",
      detail: "このページを開いた後に、ほかの人が変更を行いました。ページを再読み込みして、もう一度変更してください。",
    },
    already_resent: { title: "すでに再送信されています", detail: "ほかの人がこの招待を再送信したばかりです。" },
    invite_not_ended: {
      title: "招待はまだ有効です",
      detail: "この招待はまだ有効です。先に取り消すか、有効期限が切れるまでお待ちください。",
    },
    revocation_final: {
      title: "元に戻せません",
      detail:
        "取り消しを元に戻せるのは1分以内で、相手がまだ参加していない場合に限ります。新しい招待を作成してください。",
    },
    last_admin: {
      title: "ほかに管理者がいません",
      detail: "ほかに管理者がいません。先に、別の人を管理者にしてください。",
    },
    reseller_suspended: {
      title: "利用停止中です",
      detail: (name) =>
        `${name}は利用停止中のため、アカウントにログインできません。このサービスの運営者にお問い合わせください。`,
    },
    passkey_limit: {
      title: "パスキーの上限に達しています",
      detail: (limit) => `パスキーは${limit}個までです。追加するには、先に1つ削除してください。`,
    },
    no_factors: {
      title: "2段階認証は設定されていません",
      detail: "このメンバーは2段階認証を設定していません。",
    },
    sessions_shared: {
      title: "ほかのアカウントのメンバーです",
      detail:
        "このメンバーはほかのアカウントにも参加しているため、すべてのセッションを終了させることはできません。このアカウントからすぐに締め出すにはメンバーを削除するか、プロフィールでほかのセッションを終了するよう本人に依頼してください。",
    },
    factors_shared: {
      title: "ほかのアカウントのメンバーです",
      detail: "このメンバーはほかのアカウントにも参加しているため、2段階認証をリセットできるのは運営者だけです。",
    },
    no_active_account: {
      title: "アカウントがありません",
      detail:
        "現在、どのアカウントにも参加していません。退出したか、管理者によって削除されています。もう一度参加するには、管理者に招待をご依頼ください。",
    },
    wrong_account: {
      title: "別のアカウントです",
      detail: "このフォームのアカウントには現在ログインしていないか、すでに参加していません。変更は行われていません。",
    },
  },
  retry: {
    in: (wait) => `${closeUp(wait)}後に、もう一度お試しください。`,
    nothingSent: "メールは送信されていません。",
    nothingChanged: "変更は行われていません。",
    remaining: (count) => (count === 0 ? "本日はこれ以上再送信できません。" : `本日はあと${count}回再送信できます。`),
  },

  fieldLabels: {
    contact_name: "名前",
    contact_email: "メールアドレス",
    role: "役割",
    note: "メッセージ",
    locale: "言語",
    expires_in_days: "有効期間",
  },
  fieldErrors: {
    required: {
      name: "お名前を入力してください。",
      email: "メールアドレスを入力してください。",
      password: "パスワードを入力してください。",
      current_password: "現在のパスワードを入力してください。",
      accept_terms: "続けるには、利用規約に同意してください。",
      code: "メールに記載された6桁の数字を入力してください。",
      contact_name: "招待する人の名前を入力してください。",
      contact_email: "招待の宛先アドレスを入力してください。",
      role: "役割を選択してください。",
      locale: "言語を選択してください。",
    },
    invalid: {
      name: "お名前を短くしてください。",
      email: "name@example.co.jpのような形式でメールアドレスを入力してください。",
      password: "パスワードを短くしてください。",
      accept_terms: "続けるには、利用規約に同意してください。",
      code: "メールに記載された6桁の数字を入力してください。",
      contact_name: "名前を短くしてください。",
      contact_email: "name@example.co.jpのような形式でメールアドレスを入力してください。",
      time_zone: "Asia/Tokyoのようにタイムゾーンの名前を入力してください。",
      role: "役割を選択してください。",
      locale: "言語を選択してください。",
      note: "メッセージを短くしてください。",
    },
    too_long: (max) => `${max}文字以内で入力してください。`,
    password_too_short: (min) => `${min}文字以上で設定してください。短い文にするのがおすすめです。`,
    password_too_long: (max) => `${max}文字以内で設定してください。`,
    password_common: (word) =>
      word
        ? `「${word}」は、攻撃で最初に試される言葉の一つです。自分だけの言葉をいくつか加えてください。`
        : "このパスワードは簡単に推測されます。短い文にするのがおすすめです。",
    password_contains_name: (word) =>
      `このパスワードは、${word ? `「${word}」など、` : ""}ほかの人も知っている名前がほとんどを占めています。自分だけの言葉をいくつか加えてください。`,
    password_changed_often:
      "パスワードは本日すでに複数回変更されています。メールで再設定するか、明日もう一度お試しください。",
    wrong_password: "このアカウントのパスワードと一致しません。",
    passkey_refused: "このパスキーを使用できませんでした。もう一度お試しいただくか、パスワードをお使いください。",
    account_exists: "すでにアカウントをお持ちです。招待を承諾するには、そのパスワードを入力してください。",
    terms_changed: "このページを開いた後に、利用規約が変更されました。内容をご確認のうえ、もう一度同意してください。",
    code_expired: "このコードは無効になりました。新しいコードを受け取ってください。",
    wrong_code: (attemptsLeft) =>
      attemptsLeft === 0
        ? "コードが違います。入力できる回数の上限に達したため、新しいコードを受け取ってください。"
        : `コードが違います。あと${attemptsLeft}回入力できます。`,
    email_several: "メールアドレスは1つだけ入力してください。",
    email_quoted:
      "@の前に引用符を含むアドレスには、メール配信サービスの都合により送信できません。別のアドレスを使ってください。",
    email_letters:
      "@の前に日本語など、英字（A～Z）以外の文字を含むアドレスには、メール配信サービスの都合により送信できません。別のアドレスを使ってください。",
    email_local_part:
      "@より前の部分をご確認ください。スペース、かっこ、カンマ、コロン、2つ目の@は使えません。また、ピリオドを先頭や末尾に置いたり、続けて使ったりすることもできません。",
    email_local_part_too_long: (max) => `@より前の部分は${max}文字以内で入力してください。`,
    email_domain: "@より後のドメインの形式が正しくありません。入力ミスがないかご確認ください。",
    not_visible: "見える文字を1文字以上入力してください。",
    phone_extension: "内線番号を除いて、電話番号だけを入力してください。",
    invite_pending: (name) => `このアドレスには、${name}さん宛ての招待がすでに送られています。`,
    already_member: (name) => `${name}さんが、すでにこのアドレスで参加しています。`,
    email_suppressed: "このアドレスにはメールを送信できません。別のアドレスを使ってください。",
    email_unchanged: "招待の宛先と同じアドレスです。別のアドレスを使ってください。",
    openInvite: "招待を開く",
    showPerson: "詳細を見る",
  },

  account: {
    welcome: (name) => `ようこそ、${name}さん`,
    intro: (account, reseller, role) => [account, `のアカウント（${reseller}）です。現在の役割は「${role}」です。`],
    adminIntro: "同僚を招待し、役割を設定できます。",
  },

  people: {
    members: "メンバー",
    you: "（自分）",
    joined: (joinedAt) => ["参加：", joinedAt],
    joinOrder: "参加順",
    invited: "招待済み（未参加）",
    change: "変更",
    leave: "退出",
    invite: "メンバーを招待",
    inviteSent: (name) => `${name}さんに招待を送信しています。`,
    roleChanged: "保存しました。新しい役割はすぐに適用されます。",
    removed: "メンバーを削除しました。アカウントへのアクセス権もなくなりました。",
  },

  person: {
    region: "メンバー情報",
    email: "メールアドレス",
    role: "役割",
    joined: "参加日",
    youAreLastAdmin: (account) =>
      `${account}にはほかに管理者がいないため、役割の変更も退出もできません。先に、別の人を管理者にしてください。`,
    isLastAdmin: (name, account) =>
      `${account}の管理者は${name}さんだけのため、役割の変更も削除もできません。先に、別の人を管理者にしてください。`,
    saveRole: "役割を保存",
    leaveTitle: (account) => `${account}から退出`,
    leaveText: "退出すると、すぐにアクセスできなくなります。再び参加するには、管理者からの招待が必要です。",
    leave: "退出",
    removeTitle: (account) => `${account}から削除`,
    removeText: (name) => `${name}さんはすぐにアクセスできなくなります。後からもう一度招待することもできます。`,
    remove: "削除",
  },

  inviteForm: {
    title: "メンバーを招待",
    name: "名前",
    email: "メールアドレス",
    emailHelp: "このアドレスに招待をお送りします。",
    role: "役割",
    language: "言語",
    languageHelp: "この招待に関するすべてのメールとページの言語です。",
    note: "メッセージ（任意）",
    noteHelp: (max) => `書式なし、${max}文字以内。メールに記載されます。`,
    send: "招待を送信",
    createWithoutEmail: "メールを送らずに作成",
    withoutEmailHelp: "メールを送らない場合は、登録リンクをコピーして、ご自身で相手にお渡しください。",
  },

  editInvite: {
    title: "招待を編集",
    titleResend: "編集して再送信",
    save: "保存",
    sentEmailHelp:
      "アドレスを変更すると、新しいリンクを記載した招待が変更後のアドレスに送信されます。以前のリンクは使えなくなります。",
    unsentEmailHelp: "アドレスを変更すると、以前コピーしたリンクは使えなくなります。",
    conflict:
      "このフォームを開いた後に、ほかの人がこの招待を変更しました。表示されているのはご自身の入力内容です。もう一度保存すると、この内容で上書きされます。",
    otherDetails: "その他の項目",
    sameAddressTitle: "アドレスに間違いはありませんか？",
    sameAddressText: (address) => `間違いがなければ、招待を${address}に再送信してください。`,
    allowText: (name) =>
      `${name}さんから依頼があった場合に限り、招待を送信してください。以後、このアドレスには再びメールが届くようになります。`,
    allowAndResend: "メールを許可して再送信",
  },

  copyLink: {
    title: "登録リンク",
    forPerson: (name) => `${name}さん専用`,
    help: (expiresOn, name, email, minutes) => [
      "リンクの有効期限は",
      expiresOn,
      `です。リンクを開いた人には、${email}に届く確認コード（${minutes}分間有効）の入力が求められるため、${name}さん以外は使えません。メールで送信したリンクは引き続き使えます。`,
    ],
    done: "完了",
  },

  invite: {
    region: "招待の詳細",
    timeline: "履歴",
    contact: "担当者",
    email: "メールアドレス",
    days: (days) => `${days}日間`,
    invited: "招待日",
    copyLink: "リンクをコピー",
    edit: "編集",
    editAndResend: "編集して再送信",
    resend: "招待を再送信",
    send: "招待を送信",
    resendIn: (time) => `再送信まであと${time}`,
    toPerson: (name) => `（${name}さん宛て）`,
    inviteTo: (name) => `（${name}さんへの招待）`,
    revoke: "取り消し",
    revokeLabel: (name) => `${name}さんへの招待を取り消し`,
    undo: "元に戻す",
    flashes: {
      resent: (to) => `${to}さんに、新しいリンクを記載した招待を送信しています。`,
      revoked: (to) => `${to}さんへの招待を取り消しました。`,
      restored: (to) => `${to}さんへの招待を元に戻しました。リンクは再び使えます。`,
      created: (to) =>
        `${to}さんへの招待を作成しました。メールは送信されていません。リンクをコピーして、ご自身で相手にお渡しください。`,
      saved: (to) => `${to}さんへの招待を保存しました。これまでのリンクは引き続き使えます。`,
      addressChanged: (to) =>
        `${to}さんへの招待を保存しました。以前コピーしたリンクは使えなくなりました。新しいリンクをコピーしてください。`,
      unchanged: "変更も送信も行われていません。",
    },
  },

  inviteStatuses: {
    pending: "招待中",
    accepted: "承諾済み",
    expired: "期限切れ",
    revoked: "取り消し済み",
    declined: "辞退",
  },
  emailStatuses: {
    queued: "送信中",
    sent: "送信済み",
    delivered: "配信済み",
    deferred: "配信遅延",
    bounced: "配信不能",
    complained: "迷惑メール報告",
    failed: "未送信",
  },
  emailErrors: {
    suppressed: "このアドレスにはメールを送信できません",
    exhausted: "繰り返し試みましたが、送信できませんでした",
    no_mailbox: "メールボックスが存在しません",
    no_domain: "ドメインが存在しません",
    no_mail_domain: "ドメインがメールを受け付けていません",
    mailbox_disabled: "メールボックスが無効になっています",
    mailbox_full: "メールボックスの容量がいっぱいです",
    rejected: "受信側のサーバーに拒否されました",
    try_later: "受信側のサーバーから、後で再試行するよう応答がありました",
    waiting: "現在メールを送信できないため、再試行を続けています",
    held: "復元後、送信済みの可能性があるため保留されています",
  },
  statusLine: {
    notEmailed: "メール未送信",
    timesSent: (count) => `${count}回送信`,
    expires: (expiresOn) => [expiresOn, "まで有効"],
    expired: (expiredAt) => ["期限切れ：", expiredAt],
    joined: (joinedAt) => ["参加：", joinedAt],
    opened: (openedAt) => ["リンク表示：", openedAt],
    sent: (sentAt) => ["送信：", sentAt],
    revoked: "リンクは無効",
    declined: "招待された人が辞退",
  },

  timeline: {
    actions: {
      "invite.created": "招待を作成",
      "invite.sent": "メールを送信",
      "invite.failed": "メールの送信に失敗",
      "invite.delivered": "メールを配信",
      "invite.deferred": "メールの配信が遅延",
      "invite.bounced": "メールの配信に失敗",
      "invite.complained": "迷惑メールとして報告",
      "invite.updated": "招待を編集",
      "invite.billing_changed": "請求先アカウントを変更",
      "invite.link_issued": "リンクをコピー",
      "invite.code_sent": "コピーしたリンクから確認コードを請求",
      "invite.form_started": "フォームの入力を開始",
      "invite.link_repeated": "招待された人の依頼により、最新のリンクを再送信",
      "invite.reminded": "リマインダーを送信",
      "invite.advanced": "時間を進めた",
      "invite.opened": "リンクを表示",
      "invite.declined": "招待を辞退",
      "invite.unsubscribed": "配信を停止",
      "invite.resent": "新しいリンクをメールで送信",
      "invite.revoked": "招待を取り消し",
      "invite.restored": "取り消しを元に戻しました",
      "invite.expired": "有効期限切れ",
      "invite.accepted": "招待を承諾",
      "invite.purged": "個人データを削除",
      "invite.code_refused": "誤ったコードの入力",
      "invite.sign_in_failed": "リンクからのログインに失敗",
      "invite.limit_reached": "試行回数の上限に到達",
    },
    renewed: "招待された人の依頼により、新しいリンクを送信",
    noValue: "なし",
    system: "システム",
    theContact: "招待された人",
    contact: (name) => `${name}（招待された人）`,
    member: (name) => `${name}（メンバー）`,
  },

  privacy: {
    purgedInvite: "削除された招待先",
    purged: (when) => ["この招待の個人データは削除されました（", when, "）。"],
    purgeTitle: "個人データの削除",
    purgeText:
      "この招待の名前、アドレス、メッセージ、メールを完全に削除します。招待そのものは、これらの情報を除いた形で一覧と集計に残ります。",
    purge: "個人データを削除",
    personTitle: "メンバーと個人データの削除",
    personText:
      "名前、アドレス、パスワード、セッションも削除します（ほかのアカウントにも参加している場合を除く）。承諾前の招待と他社からの招待に含まれる名前とアドレスは、招待が削除されるまで残ります。この操作は元に戻せません。",
    flashes: { purged: "個人データを削除しました。" },
  },

  passwordReset: {
    title: "パスワードをお忘れですか？",
    help: "ログインに使っているメールアドレスを入力してください。パスワードを再設定するためのリンクをお送りします。",
    email: "メールアドレス",
    submit: "リンクを受け取る",
    back: "ログインに戻る",
    sentTitle: "受信トレイをご確認ください",
    sent: (address, minutes, waitMinutes) =>
      `${address}のアカウントが存在する場合は、このアドレスにリンクをお送りします。リンクは${minutes}分間有効です。メールが届かない場合は、迷惑メールフォルダをご確認ください。1日に何度もリクエストした場合、次のリンクは前回の送信から${waitMinutes}分後にお送りします。それまでは前回のリンクをご利用いただけます。`,
    newTitle: "新しいパスワードの設定",
    newHelp: "保存すると、すべての端末からログアウトします。その後、新しいパスワードでログインしてください。",
    newPassword: "新しいパスワード",
    save: "パスワードを保存",
    invalidTitle: "このリンクは無効です",
    invalid: (minutes) =>
      `リンクは${minutes}分間有効で、一度だけ使えます。パスワードまたはアドレスが変更された場合も無効になります。`,
    askAgain: "新しいリンクを受け取る",
    done: "パスワードを変更しました。新しいパスワードでログインしてください。",
  },

  profile: {
    title: "プロフィール",
    name: { title: "名前", label: "お名前", save: "名前を保存", saved: "名前を変更しました。" },
    preferences: {
      title: "表示設定",
      themeLabel: "テーマ",
      themes: { system: "システム", light: "ライト", dark: "ダーク" },
      timeZone: "タイムゾーン",
      automatic: "自動（ブラウザーの設定）",
      timeZoneHelp: "ページ上のすべての時刻に使われます（例：Asia/Tokyo）。",
      save: "保存",
      saved: "表示設定を保存しました。",
    },
    password: {
      title: "パスワード",
      current: "現在のパスワード",
      new: "新しいパスワード",
      help: (min) => `${min}文字以上で設定してください。変更すると、ほかのすべての端末からログアウトします。`,
      save: "パスワードを変更",
      saved: "パスワードを変更し、ほかのすべての端末からログアウトしました。",
      none: "パスワードは設定されていません。パスキーでログインしています。",
      add: "パスワードを追加",
    },
    email: {
      title: "メールアドレス",
      current: (address) => `ログインに使っているアドレス：${address}`,
      label: "新しいメールアドレス",
      help: "現在のアドレスと新しいアドレスの両方にリンクをお送りします。両方の確認が済むと、変更が有効になります。",
      save: "アドレスを変更",
      requested:
        "現在のアドレスと新しいアドレスの両方にリンクをお送りします。変更を確定するには、両方のリンクを開いてください。",
      waiting: (address) => `アドレスを${address}に変更するには、お送りした両方のリンクで確認してください。`,
      confirmedCurrent: "現在のアドレスでの確認は済んでいます。",
      confirmedNew: "新しいアドレスでの確認は済んでいます。",
      cancel: "変更を取りやめる",
      cancelled: "変更を取りやめました。アドレスはそのままです。",
    },
    sessions: {
      title: "ログイン中の端末",
      current: "現在のセッション",
      device: (browser, system) => `${browser}（${system}）`,
      unknownDevice: "不明な端末",
      unknownPlace: "不明な場所",
      near: (place) => `おおよその場所：${place}`,
      lastUsed: (day) => ["最終利用：", day],
      signOut: "ログアウト",
      signOutOthers: "ほかのすべての端末からログアウト",
      ended: "その端末からログアウトしました。",
      othersEnded: "ほかのすべての端末からログアウトしました。",
      help: (days) => `どのセッションも、最長${days}日で終了します。`,
    },
  },

  personSessions: {
    title: "セッション",
    text: (name) => `${name}さんをすべての端末からログアウトさせます。端末を紛失した場合などにお使いください。`,
    submit: "すべての端末からログアウト",
    ended: "すべての端末からログアウトさせました。",
  },

  emailChange: {
    title: "メールアドレスの確認",
    text: (address, platform) =>
      `今後は${address}で${platform}にログインします。よろしければ「確認」を押してください。`,
    submit: "確認",
    waitingTitle: "もう1つのリンクを開いてください",
    waiting: {
      current: (address) => `確認しました。続いて、${address}宛てにお送りしたリンクを開いてください。`,
      new: "確認しました。続いて、現在のアドレス宛てにお送りしたリンクを開いてください。",
    },
    changedTitle: "アドレスを変更しました",
    changed: (address) => `今後は${address}でログインしてください。`,
    takenTitle: "このアドレスは使えません",
    taken: "このアドレスは、別のアカウントで使われています。現在のアドレスは変更されません。",
    invalidTitle: "このリンクは無効です",
    invalid: (hours) =>
      `リンクは${hours}時間有効です。変更が完了したか取りやめられた場合、またはパスワードが変更された場合は無効になります。`,
    signIn: "ログインへ",
  },

  securityNotices: {
    password_changed: "パスワードが変更されました",
    password_reset: "メールのリンクからパスワードが再設定されました",
    email_changed: "メールアドレスが変更されました",
    passkey_added: "アカウントにパスキーが追加されました",
    passkey_removed: "アカウントからパスキーが削除されました",
    authenticator_added: "アカウントに認証アプリが設定されました",
    authenticator_removed: "アカウントから認証アプリが削除されました",
    recovery_codes_created: "新しいリカバリーコードが作成されました",
    factors_reset: "紛失の連絡があったため、パスキー、認証アプリ、リカバリーコードが削除されました",
  },

  securityAdvice: {
    choosePassword:
      "ご本人による操作であれば、ご対応は不要です。お心当たりがない場合は、すぐに新しいパスワードを設定してください。",
    changedAddress: (platform) =>
      `このアドレスでは${platform}にログインできなくなりました。ご本人による操作であれば、ご対応は不要です。お心当たりがない場合は、第三者がメールを読める状態にあります。メールボックスのパスワードを変更したうえで、アカウントの管理者に、いったんメンバーから外してもう一度招待するようご依頼ください。`,
  },

  secondFactor: {
    title: "2段階認証",
    intro: "パスワードを確認しました。続いて、ご本人であることを確認します。",
    code: "コード",
    codeHelp: "認証アプリに表示される6桁の数字、またはリカバリーコードを入力してください。",
    recoveryCodeHelp: "リカバリーコードを入力してください。",
    submit: "ログイン",
    usePasskey: "パスキーを使う",
    passkeyFailed: "このパスキーを使用できませんでした。もう一度お試しください。",
    passkeyFailedAtSignIn:
      "このパスキーではログインできませんでした。もう一度お試しいただくか、パスワードを入力してください。",
    wrongCode: "コードが正しくないか、すでに使われています。",
    lastAttempt: "入力できる回数の上限に達しました。もう一度ログインしてください。",
    expired: "時間切れです。もう一度パスワードを入力してください。",
    startOver: "最初からやり直す",
    lost: "端末を紛失した場合は、リカバリーコードを入力してください。お持ちでない場合は、アカウントの管理者が2段階認証をリセットできます。",
  },

  confirmIdentity: {
    title: "本人確認",
    intro: "ログインしてから時間が経っています。変更する前に、ご本人であることを確認してください。",
    kept: "変更はまだ行われていません。入力内容はそのまま残ります。",
    password: "パスワード",
    submit: "確認",
    wrongPassword: "パスワードが正しくありません。",
    confirmedTitle: "あと1ステップです",
    confirmed: "ご確認ありがとうございます。変更はまだ行われていません。「続ける」を押すと、変更が行われます。",
    continue: "続ける",
    cancel: "キャンセル",
  },

  factors: {
    requiredTitle: "アカウントを保護してください",
    requiredIntro: (account) =>
      `${account}では、ログインに2段階認証が必要です。続けるには、次のいずれかを設定してください。1分ほどで完了します。`,
    intro: "2段階認証を設定すると、パスワードが盗まれても、それだけではログインできなくなります。",
    done: "完了",
    cancel: "キャンセル",
    remove: "削除",
    changed: "保存しました。ほかのすべての端末からログアウトしました。",
    othersSignedOut: "ログイン方法を変更すると、ほかのすべての端末からログアウトし、メールでお知らせします。",
    passkeys: {
      title: "パスキー",
      text: "指紋、顔、または画面ロックでログインできます。パスキーを使うと、パスワードも2段階認証も不要です。",
      none: "パスキーはまだありません。",
      add: "パスキーを追加",
      name: "名前",
      nameHelp: "端末名など、ほかのパスキーと見分けやすい名前を付けてください。",
      create: "パスキーを作成",
      unsupported: "パスキーを使うには、パスキーに対応したブラウザーでJavaScriptを有効にしてください。",
      refused: "このパスキーを追加できませんでした。もう一度お試しください。",
      added: (addedAt) => ["追加：", addedAt],
      used: (usedAt) => ["最終利用：", usedAt],
      neverUsed: "未使用",
      confirmRemove: (name) => `パスキー「${name}」を削除しますか？このパスキーではログインできなくなります。`,
    },
    authenticator: {
      title: "認証アプリ",
      text: "スマートフォンのアプリに、30秒ごとに新しいコードが表示されます。ログイン時に、パスワードに続けてこのコードを入力します。",
      on: "認証アプリは設定済みです。",
      off: "認証アプリは設定されていません。",
      add: "アプリを設定",
      replace: "別のアプリを設定",
      scan: "認証アプリでこのコードを読み取ってください。",
      qrCode: "認証アプリ用のQRコード",
      manual: "または、このキーをアプリに入力してください",
      code: "コード",
      codeHelp: "アプリに表示される6桁の数字です。",
      verify: "有効にする",
      wrongCode: "アプリに現在表示されているコードと一致しません。スマートフォンの時刻をご確認ください。",
      confirmRemove: "認証アプリを削除しますか？今後、ログイン時にアプリのコードは不要になります。",
    },
    recoveryCodes: {
      title: "リカバリーコード",
      text: "認証アプリやパスキーの代わりに、1つのコードにつき一度だけ使えます。安全な場所に保管してください。",
      first: "アカウントの準備が整いました。ログインにはパスキーをお使いください。",
      shownOnce: "今すぐコードを保存してください。再び表示することはできません。",
      left: (count) => (count === 0 ? "未使用のコードはありません。" : `未使用のコードは残り${count}個です。`),
      create: "新しいコードを作成",
      copy: "コードをコピー",
    },
    reset: {
      title: "2段階認証",
      text: (name) =>
        `${name}さんが端末を紛失した場合は、パスキー、認証アプリ、リカバリーコードをここで削除できます。本人はすべての端末からログアウトされ、以後はパスワードだけでログインできます。`,
      submit: "2段階認証をリセット",
      done: "2段階認証をリセットし、本人にメールでお知らせしました。",
    },
  },

  registrationByPasskey: {
    create: "パスキーでアカウントを作成",
    accept: "パスキーで承諾",
    help: "パスワードは不要です。指紋、顔、または画面ロックで登録できます。",
    or: "またはパスワードで登録",
    cancelled: "パスキーは作成されませんでした。もう一度試すか、パスワードを設定してください。",
  },

  guessLimit: {
    sooner: (resetLink) => ["パスキーは引き続き使えます。また、", resetLink, "することもできます。"],
    resetPassword: "パスワードを再設定",
  },
} satisfies Messages
