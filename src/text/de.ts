import type { Messages } from "./en.ts"

export const de = {
  language: { code: "de", name: "Deutsch", dates: "de-DE", colon: ": ", space: " " },
  justNow: "gerade eben",

  phrases: {
    personOfCompany: (person, company) => `${person} von ${company}`,
    callUs: (phone) => ` oder rufen Sie uns an: ${phone}`,
    purpose: {
      customer: (company, reseller) => `das Konto von ${company} bei ${reseller} einzurichten`,
      staff: (_company, reseller) => `dem Team von ${reseller} beizutreten`,
      member: (company, reseller) => `dem Konto von ${company} bei ${reseller} beizutreten`,
    },
  },

  memberRoles: { admin: "Admin", member: "Mitglied" },
  memberRoleDescriptions: {
    admin: "Lädt Kolleginnen und Kollegen ein und verwaltet die Mitglieder.",
    member: "Sieht, wer zum Konto gehört.",
  },

  emails: {
    invite: {
      subject: "Sie wurden zu {{reseller_name}} eingeladen",
      preview: "{{inviter}} hat {{company_name}} eingeladen. Der Link gilt bis zum {{expires_on}}.",
      paragraphs: [
        "Guten Tag {{contact_name}},",
        "Sie wurden eingeladen, das Self-Service-Portal von {{reseller_name}} mit Technologie von {{platform_name}} zu nutzen. Erleben Sie Konnektivität so elegant und automatisiert, wie Sie es von der Cloud erwarten!",
        "Stärken Sie Ihr internes Netzwerk oder Ihren Backbone, stellen Sie Verbindungen zu Ihren Cloud- und SaaS-Anbietern und zwischen ihnen her und bauen Sie über unseren Marktplatz gemeinsam mit anderen Ihr eigenes sicheres, privates Ökosystem auf.",
        "Um die Registrierung abzuschließen, folgen Sie bitte dem Link unten und legen Sie Ihr Konto an. Danach heißt es: klicken, anlegen, verbinden!",
      ],
      linkLabel: "Jetzt verbinden:",
      buttonLabel: "Konto anlegen",
      noteLabel: "{{inviter}} schreibt dazu:",
      notes: [
        "Der Link gilt bis zum {{expires_on}}.",
        "{{inviter}} hat {{contact_email}} als Kontakt von {{company_name}} eingeladen.",
        "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
      ],
      declineLabel: "Diese Einladung war nicht für mich bestimmt",
    },
    accountInvite: {
      subject: "{{inviter}} hat Sie zu {{account_name}} eingeladen",
      preview: "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link gilt bis zum {{expires_on}}.",
      paragraphs: [
        "Guten Tag {{contact_name}},",
        "{{inviter}} hat Sie eingeladen, {{purpose}}. Ihre Rolle wird {{role}} sein. Die Technologie kommt von {{platform_name}}.",
        "Folgen Sie bitte dem Link unten, um Ihren Zugang anzulegen oder dieses Konto Ihrem bestehenden Zugang hinzuzufügen.",
      ],
      linkLabel: "Jetzt verbinden:",
      buttonLabel: "Einladung annehmen",
      noteLabel: "{{inviter}} schreibt dazu:",
      notes: [
        "Der Link gilt bis zum {{expires_on}}.",
        "{{inviter}} hat {{contact_email}} eingeladen.",
        "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
      ],
      declineLabel: "Diese Einladung war nicht für mich bestimmt",
    },
    reminder: {
      subject: "Ihre Einladung von {{reseller_name}} läuft am {{expires_on}} ab",
      preview: "Der Link gilt bis zum {{expires_on}}.",
      paragraphs: [
        "Guten Tag {{contact_name}},",
        "{{inviter}} hat Sie eingeladen, {{purpose}}. Der Link unten gilt noch bis zum {{expires_on}}; danach brauchen Sie eine neue Einladung.",
      ],
      linkLabel: "Jetzt verbinden:",
      buttonLabel: "Konto anlegen",
      notes: ["Fragen? Antworten Sie auf diese E-Mail{{support_line}}.", "Dies ist die einzige Erinnerung."],
      declineLabel: "Diese Einladung war nicht für mich bestimmt",
    },
    verificationCode: {
      subject: "{{code}} ist Ihr Code",
      preview: "Er gilt {{minutes}} Minuten.",
      intro:
        "Sie wurden eingeladen, {{purpose}}. Jemand hat diese Einladung geöffnet. Wenn Sie das waren, geben Sie bitte diesen Code ein:",
      notes: [
        "Der Code gilt {{minutes}} Minuten lang und nur einmal.",
        "Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ohne den Code kommt niemand weiter. Verraten Sie ihn niemandem; wir fragen nie danach.",
        "Fragen? Antworten Sie auf diese E-Mail{{support_line}}.",
      ],
    },
    passwordReset: {
      subject: "Neues Passwort für {{platform_name}} wählen",
      preview: "Der Link gilt einmal, für {{minutes}} Minuten.",
      paragraphs: [
        "Guten Tag {{name}},",
        "Sie haben ein neues Passwort für {{platform_name}} angefordert. Öffnen Sie den Link, um eines zu wählen:",
      ],
      buttonLabel: "Neues Passwort wählen",
      notes: [
        "Der Link gilt einmal, für {{minutes}} Minuten ab Ihrer Anforderung. Ein neues Passwort meldet Sie überall ab.",
        "Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.",
      ],
    },
    confirmCurrentEmail: {
      subject: "Neue E-Mail-Adresse für {{platform_name}} bestätigen",
      preview: "Nichts ändert sich, bis Sie es hier und an der neuen Adresse bestätigen.",
      paragraphs: [
        "Guten Tag {{name}},",
        "Sie möchten sich bei {{platform_name}} künftig mit {{new_email}} anmelden. Öffnen Sie den Link, um das zu bestätigen. Einen weiteren Link haben wir an die neue Adresse gesendet: Die Änderung gilt, sobald Sie beide bestätigt haben.",
      ],
      buttonLabel: "Änderung bestätigen",
      notes: [
        "Der Link gilt {{hours}} Stunden.",
        "Wenn Sie das nicht waren, öffnen Sie den Link nicht: Jemand kennt Ihr Passwort. Wählen Sie ein neues unter {{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "Diese E-Mail-Adresse für {{platform_name}} bestätigen",
      preview: "Nichts ändert sich, bis es hier und an der bisherigen Adresse bestätigt ist.",
      paragraphs: [
        "Jemand möchte sich bei {{platform_name}} künftig mit dieser E-Mail-Adresse anmelden. Wenn Sie das sind, öffnen Sie den Link, um es zu bestätigen. Einen weiteren Link haben wir an Ihre bisherige Adresse gesendet: Die Änderung gilt, sobald Sie beide bestätigt haben.",
      ],
      buttonLabel: "Adresse bestätigen",
      notes: ["Der Link gilt {{hours}} Stunden.", "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail."],
    },
    securityNotice: {
      subject: "Sicherheitshinweis: {{event}}",
      preview: "Wenn Sie das nicht waren, handeln Sie jetzt.",
      paragraphs: ["Guten Tag {{name}},", "{{event}}: {{time}}.", "{{advice}}"],
      buttonLabel: "Neues Passwort wählen",
      notes: ["Wir senden diese E-Mail zu Ihrer Sicherheit. Sie lässt sich nicht abbestellen."],
    },
  },

  preview: {
    subject: "Betreff",
    from: "Von",
    to: "An",
    contactName: "Name des Kontakts",
    contactEmail: "name@firma.de",
    companyName: "Name der Firma",
    emails: "E-Mails",
    kinds: { invite: "Einladung", reminder: "Erinnerung" },
    plainText: "Nur Text",
  },

  layout: {
    skipToContent: "Zum Inhalt springen",
    dismiss: "Schließen",
    navigation: "Hauptmenü",
    account: "Konto",
    switchAccount: "Konto wechseln",
    staffAccount: (reseller) => `${reseller} (Team)`,
    customerAccount: (customer, reseller) => `${customer}, ${reseller}`,
    signOut: "Abmelden",
    profile: "Ihr Profil",
    questions: "Fragen?",
    poweredBy: (platform) => `Technologie von ${platform}`,
    next: "Weiter →",
    previous: "← Zurück",
    newer: "← Neuere",
    older: "Ältere →",
    newestFirst: "Neueste zuerst",
    cancel: "Abbrechen",
  },

  invalidLink: {
    title: "Unvollständiger Link",
    heading: "Dieser Link ist nicht vollständig",
    copyWholeLink:
      "E-Mail-Programme kürzen oder umbrechen lange Links manchmal. Gehen Sie zurück zur E-Mail, kopieren Sie den ganzen Link von „https“ bis zum letzten Zeichen und fügen Sie ihn in die Adresszeile ein.",
    askForNewInvite:
      "Wenn er dann immer noch nicht funktioniert, antworten Sie auf die E-Mail und bitten Sie um eine neue Einladung.",
  },

  registration: {
    setUp: (account) => `${account} einrichten`,
    join: (account) => `${account} beitreten`,
    invitedYou: (sender) => `${sender} hat Sie eingeladen.`,
    roleOf: {
      customer: "Sie werden Admin des neuen Kontos und können Ihre Kolleginnen und Kollegen einladen.",
      staff: (reseller, role) => `Sie treten dem Team von ${reseller} bei. Ihre Rolle wird ${role} sein.`,
      member: (company, reseller, role) =>
        `Sie treten dem Konto von ${company} bei ${reseller} bei. Ihre Rolle wird ${role} sein.`,
    },
    email: "E-Mail-Adresse",
    name: "Ihr Name",
    password: "Passwort",
    passwordHelp: (min) => `Mindestens ${min} Zeichen, zum Beispiel ein kurzer Satz.`,
    passwordCount: "{count} von {min} Zeichen",
    passwordChecking: "Lang genug. Wird geprüft…",
    passwordGood: "Gut, dieses Passwort können Sie verwenden.",
    failed: "Wir konnten den Server nicht erreichen. Ihre Eingaben sind noch da: Versuchen Sie es noch einmal.",
    showPassword: "Passwort anzeigen",
    hidePassword: "Passwort verbergen",
    existingPassword: "Ihr Passwort",
    existingPasswordHelp: (account) =>
      `Sie haben bereits einen Zugang. Geben Sie dessen Passwort ein, um ${account} zu Ihren Konten hinzuzufügen.`,
    signedInAs: (name, account) => `Sie sind als ${name} angemeldet. ${account} kommt zu Ihren Konten hinzu.`,
    termsOfService: "Nutzungsbedingungen",
    acceptTerms: (terms, reseller, version) => [
      "Ich akzeptiere die ",
      terms,
      reseller ? ` von ${reseller}, Version ${version}.` : `, Version ${version}.`,
    ],
    create: "Konto anlegen",
    accept: "Einladung annehmen",
  },

  linkStates: {
    signIn: "Anmelden",
    signOutAndContinue: "Abmelden und fortfahren",
    goToAccount: "Zu Ihrem Konto",
    sendNewLink: "Neuen Link senden",
    sendLinkAgain: "Neuesten Link erneut senden",
    purged: {
      title: "Dieser Link funktioniert nicht mehr",
      text: (reseller) =>
        `Die Einladung ist beendet, und ihre personenbezogenen Daten wurden gelöscht. Bitten Sie ${reseller} um eine neue Einladung.`,
    },
    wrong_user: {
      title: "Sie sind mit einem anderen Zugang angemeldet",
      text: (address, name, email) =>
        `Diese Einladung ist für ${address}. Sie sind als ${name}, ${email}, angemeldet. Es wurde nichts geändert.`,
    },
    email_changed: {
      title: "Die Adresse dieser Einladung wurde geändert",
      text: (sender) =>
        `${sender} hat die Adresse dieser Einladung inzwischen geändert, deshalb gilt dieser Link nicht mehr. Wenn das ein Irrtum ist, fragen Sie dort nach.`,
    },
    suspended: {
      title: "Vorübergehend nicht verfügbar",
      text: (reseller) =>
        `Konten bei ${reseller} sind vorübergehend nicht verfügbar, deshalb funktioniert dieser Link gerade nicht. Versuchen Sie es später noch einmal oder fragen Sie dort nach.`,
    },
    superseded: {
      title: "Es gibt einen neueren Link",
      text: (address, sentAt, reseller) => [
        `Wir haben einen neueren Link an ${address} gesendet (`,
        sentAt,
        `). Öffnen Sie die neueste E-Mail von ${reseller} und verwenden Sie den Link darin.`,
      ],
    },
    expired: {
      title: "Dieser Link ist abgelaufen",
      text: (expiredOn, address, sender) => [
        "Er galt bis zum ",
        expiredOn,
        `. Wir können einen neuen an ${address} senden, die Adresse, die ${sender} von Ihnen hat.`,
      ],
    },
    accepted: {
      title: "Sie sind schon dabei",
      text: (account) => `Sie haben diese Einladung für ${account} angenommen und sind angemeldet.`,
    },
    leftAccount: {
      title: "Sie gehören nicht mehr zu diesem Konto",
      text: (account) =>
        `Sie haben diese Einladung angenommen, gehören aber nicht mehr zu ${account}. Bitten Sie dort einen Admin um eine neue Einladung.`,
    },
    acceptedByOther: {
      text: (account, address, name, email) =>
        `Diese Einladung für ${account} wurde von ${address} angenommen. Sie sind als ${name}, ${email}, angemeldet.`,
    },
    acceptedSignedOut: {
      title: "Sie haben bereits einen Zugang",
      text: (account, address) =>
        `Diese Einladung für ${account} wurde angenommen. Melden Sie sich mit der Adresse an, an die sie ging: ${address}.`,
    },
    revoked: {
      title: "Diese Einladung wurde zurückgezogen",
      text: (sender) =>
        `${sender} hat sie zurückgezogen, deshalb gilt ihr Link nicht mehr. Wenn Sie das überrascht, fragen Sie dort nach.`,
    },
    declined: {
      title: "Diese Einladung wurde abgelehnt",
      text: (sender) =>
        `Jemand hat uns mitgeteilt, dass sie nicht für ihn bestimmt war. Wenn Sie doch beitreten möchten, bitten Sie ${sender}, sie noch einmal zu senden.`,
    },
  },

  emailCode: {
    willSend: (sender, address) =>
      `${sender} hat Sie eingeladen. Um sicherzugehen, dass dieses Postfach Ihnen gehört, senden wir zuerst einen sechsstelligen Code an ${address}.`,
    sent: (sender, address) =>
      `${sender} hat Sie eingeladen. Um sicherzugehen, dass dieses Postfach Ihnen gehört, senden wir eine E-Mail an ${address}. Geben Sie den sechsstelligen Code daraus ein. Enthält sie stattdessen einen Link, öffnen Sie diesen.`,
    label: "Code",
    help: (minutes) => `Er steht in der E-Mail und gilt ${minutes} Minuten.`,
    submit: "Weiter",
    send: "Code senden",
    sendAnother: "Neuen Code senden",
    cooldown: "Gerade erst wurde ein Code angefordert. Sehen Sie bitte in Ihrem Postfach nach.",
    dailyLimit:
      "Für diese Einladung können wir heute keinen weiteren Code senden. Suchen Sie bitte in Ihrem Postfach nach der neuesten E-Mail.",
    hourlyLimit: "Wir können gerade keinen Code senden.",
    retryIn: (wait) => `Einen neuen können Sie in ${wait} anfordern.`,
    suppressed: "An diese Adresse können wir keine E-Mail senden. Bitten Sie um eine Einladung an eine andere Adresse.",
  },

  renewal: {
    sentTitle: "Ein neuer Link ist unterwegs",
    sent: (address, reseller) =>
      `Wir senden ihn an ${address}. Frühere Links gelten nicht mehr. Wenn er nicht ankommt, sehen Sie im Spam-Ordner nach oder wenden Sie sich an ${reseller}. Die Kontaktdaten stehen unten.`,
    sentAgainTitle: "Der neueste Link ist unterwegs",
    sentAgain: (address, reseller) =>
      `Wir senden ihn noch einmal an ${address}. Wenn er nicht ankommt, sehen Sie im Spam-Ordner nach oder wenden Sie sich an ${reseller}. Die Kontaktdaten stehen unten.`,
    notSentTitle: "Zurzeit kein Link möglich",
    suppressed: (address, reseller) =>
      `An ${address} können wir keine E-Mail senden: Eine frühere kam zurück, oder jemand dort möchte keine mehr erhalten. Wenden Sie sich an ${reseller}. Die Kontaktdaten stehen unten.`,
    unavailable: (reseller) =>
      `Für diese Einladung können wir keinen neuen Link senden. Wenden Sie sich an ${reseller}. Die Kontaktdaten stehen unten.`,
    cooldown: "Wir haben Ihnen gerade erst einen Link gesendet. Sehen Sie bitte in Ihrem Postfach nach.",
    hourlyLimit: "Wir können gerade keinen Link senden.",
    retryIn: (wait) => `Einen neuen können Sie in ${wait} anfordern.`,
  },

  decline: {
    title: "Nicht für Sie bestimmt?",
    text: (sender, contact, address) =>
      `${sender} hat ${contact} unter ${address} eingeladen. Wenn Sie das nicht sind, teilen Sie es uns mit. ${sender} sendet dann nichts mehr an diese Adresse.`,
    someone: "jemanden",
    submit: "Diese Einladung war nicht für mich bestimmt",
    doneTitle: "Vielen Dank",
    done: (sender, address) => `${sender} sendet nichts mehr an ${address}. Sie können diese Seite schließen.`,
    expiredTitle: "Dieser Link ist abgelaufen",
    expired: (sender) =>
      `Die Einladung gilt nicht mehr. Sie brauchen nichts zu tun. Wenn ${sender} Ihnen nichts mehr senden soll, nutzen Sie die Kontaktdaten unten.`,
    acceptedTitle: "Diese Einladung wurde angenommen",
    accepted: (account, reseller) =>
      `Jemand hat sie unter dieser Adresse für ${account} angenommen. Wenn Sie das nicht waren, sagen Sie ${reseller} Bescheid. Die Kontaktdaten stehen unten.`,
  },

  unsubscribe: {
    title: "E-Mails abbestellen",
    text: (sender, address) =>
      `Soll ${sender} nichts mehr an ${address} senden? Der Link in Ihrer Einladung funktioniert weiterhin.`,
    submit: "Abbestellen",
    doneTitle: "Abbestellt",
    done: (sender, address) =>
      `${sender} sendet nur noch an ${address}, was Sie selbst anfordern. Der Link in Ihrer Einladung funktioniert weiterhin.`,
  },

  signIn: {
    title: "Anmelden",
    email: "E-Mail-Adresse",
    password: "Passwort",
    submit: "Anmelden",
    wrongCredentials: "E-Mail-Adresse oder Passwort ist falsch.",
    footer: "Ihre Firma legt fest, wer sich anmelden kann.",
    forgotPassword: "Passwort vergessen?",
    signedOut: "Sie wurden abgemeldet.",
    kept: "Melden Sie sich wieder an. Ihre Eingaben bleiben erhalten.",
    signedInAgain:
      "Sie sind wieder angemeldet. Es wurde noch nichts geändert oder gesendet: Prüfen Sie Ihre Eingaben und senden Sie sie noch einmal ab.",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account) => `${account} · Sandbox`,
    notice: "Sandbox: Dies ist zum Testen, und keine E-Mail verlässt sie.",
    signIn: "Sie melden sich in einer Sandbox an, die zum Testen da ist.",
    signInAddress: (address) => `Um sich hier wieder anzumelden, geben Sie ${address} als E-Mail-Adresse ein.`,
  },

  failures: {
    offline: "Sie sind offline. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.",
    unreachable: "Die Verbindung ist fehlgeschlagen. Versuchen Sie es noch einmal.",
    timeout: "Das dauert zu lange. Versuchen Sie es noch einmal.",
    stale: "Diese Seite lässt sich gerade nicht aktualisieren. Wir versuchen es weiter.",
    tryAgain: "Erneut versuchen",
    signedOutInForm:
      "Sie wurden abgemeldet. Machen Sie ruhig weiter: Beim Absenden melden Sie sich wieder an, und Ihre Eingaben bleiben erhalten.",
  },

  copying: {
    copy: "Kopieren",
    copyName: (name: string) => `${name} kopieren`,
    copied: "Kopiert",
    press: (keys: string) => `Drücken Sie ${keys} zum Kopieren.`,
  },

  errorPage: {
    requestId: (id) => `Wenn Sie uns kontaktieren, nennen Sie bitte diese Anfrage-ID: ${id}`,
    home: "Zur Startseite",
    backToInvite: "Zurück zur Einladung",
    insecure: {
      title: "Nicht sicher",
      detail:
        "Öffnen Sie diese Seite mit https:// in einem aktuellen Browser und geben Sie Ihre Daten noch einmal ein.",
    },
    badForm: {
      title: "Formular nicht angenommen",
      detail: "Wir konnten dieses Formular nicht lesen. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    },
    formTooLarge: {
      title: "Zu viel Text",
      detail:
        "Dieses Formular enthält mehr Text oder mehr Felder, als wir annehmen: 64 KB und 200 Felder. Gehen Sie zurück, kürzen Sie es und senden Sie es noch einmal. Es wurde nichts geändert.",
    },
    urlTooLong: {
      title: "Adresse zu lang",
      detail: "Die Adresse dieser Seite ist zu lang. Prüfen Sie, ob Sie sie richtig kopiert haben.",
    },
    headersTooLarge: {
      title: "Anfrage zu groß",
      detail:
        "Ihr Browser hat mit dieser Anfrage zu viel gesendet. Löschen Sie die Cookies dieser Website und versuchen Sie es noch einmal.",
    },
    internal: {
      title: "Etwas ist schiefgegangen",
      detail: "Bei uns ist etwas schiefgegangen. Versuchen Sie es bitte gleich noch einmal.",
    },
  },

  problems: {
    not_found: { title: "Nicht gefunden", detail: "Das gibt es nicht, oder Sie haben keinen Zugriff darauf." },
    forbidden: {
      title: "Nicht erlaubt",
      detail: "Ihre Rolle erlaubt das nicht. Fragen Sie einen Admin Ihrer Firma.",
    },
    invalid_cursor: { title: "Unbekannte Seite", detail: "Diese Seite gibt es nicht. Beginnen Sie mit der ersten." },
    invite_not_pending: {
      title: "Nicht mehr offen",
      detail: () =>
        "Diese Einladung ist nicht mehr offen. Nur offene Einladungen können Sie zurückziehen, und nur deren Links können Sie kopieren.",
    },
    invite_not_resendable: {
      title: "Nicht mehr änderbar",
      detail: () => "Diese Einladung ist abgeschlossen. Sie können sie nicht mehr ändern und nicht erneut senden.",
    },
    newer_invite_pending: {
      title: "Bereits erneut eingeladen",
      detail: "Für diese Adresse ist eine neuere Einladung offen. Senden Sie stattdessen diese erneut.",
    },
    email_suppressed: {
      title: "Keine E-Mail an diese Adresse",
      detail: "An diese Adresse senden wir keine E-Mail. Verwenden Sie eine andere.",
      wayOut: (edit) => `Öffnen Sie die Einladung und wählen Sie „${edit}“.`,
    },
    resend_cooldown: { title: "Zu viele E-Mails", detail: "Diese Einladung wurde gerade erst gesendet." },
    resend_daily_limit: {
      title: "Zu viele E-Mails",
      detail: "Diese Einladung hat ihr Tageslimit für erneutes Senden erreicht.",
    },
    email_hourly_limit: {
      title: "Zu viele E-Mails",
      detail: "Sie haben das stündliche Limit für Einladungs-E-Mails erreicht.",
    },
    busy: { title: "Ausgelastet", detail: "Passwörter können im Moment nicht geprüft werden." },
    guess_limit: {
      title: "Zu viele Versuche",
      detail: "Zu oft wurde ein falsches Passwort oder ein falscher Code eingegeben.",
    },
    request_limit: {
      title: "Zu viele Formulare",
      detail: "Aus Ihrem Netzwerk kamen zu viele Formulare. Bitte warten Sie eine Minute und versuchen Sie es erneut.",
    },
    email_change_cooldown: {
      title: "Zu viele E-Mails",
      detail: "Sie haben gerade erst eine Änderung der Adresse angefordert.",
    },
    version_conflict: {
      title: "Inzwischen geändert",
      detail:
        "Jemand hat das geändert, seit Sie es geöffnet haben. Laden Sie die Seite neu und nehmen Sie Ihre Änderung noch einmal vor.",
    },
    already_resent: {
      title: "Bereits erneut gesendet",
      detail: "Jemand anderes hat diese Einladung gerade erneut gesendet.",
    },
    invite_not_ended: {
      title: "Noch offen",
      detail: "Diese Einladung ist noch offen. Ziehen Sie sie zuerst zurück, oder warten Sie, bis sie abläuft.",
    },
    revocation_final: {
      title: "Zu spät zum Rückgängigmachen",
      detail:
        "Das Zurückziehen lässt sich eine Minute lang rückgängig machen, sofern die Person nicht inzwischen beigetreten ist. Erstellen Sie stattdessen eine neue Einladung.",
    },
    last_admin: {
      title: "Der letzte Admin",
      detail: "Es gibt keinen anderen Admin. Machen Sie zuerst jemand anderen zum Admin.",
    },
    reseller_suspended: {
      title: "Gesperrt",
      detail: (name) =>
        `${name} ist gesperrt, deshalb kann sich dort niemand anmelden. Wenden Sie sich an den Betreiber dieses Dienstes.`,
    },
    passkey_limit: {
      title: "Zu viele Passkeys",
      detail: (limit) => `Sie haben bereits ${limit} Passkeys, mehr sind nicht möglich. Entfernen Sie zuerst einen.`,
    },
    no_factors: { title: "Kein zweiter Faktor", detail: "Diese Person hat keinen zweiten Faktor." },
    factors_shared: {
      title: "Auch in anderen Konten",
      detail:
        "Diese Person gehört auch zu anderen Konten. Deshalb kann nur der Betreiber ihren zweiten Faktor zurücksetzen.",
    },
    sessions_shared: {
      title: "Auch in anderen Konten",
      detail:
        "Diese Person gehört auch zu anderen Konten. Deshalb können Sie sie nicht überall abmelden. Entfernen Sie sie, um ihren Zugang zu diesem Konto sofort zu beenden, oder bitten Sie sie, sich in ihrem Profil auf anderen Geräten abzumelden.",
    },
    no_active_account: {
      title: "Kein Konto",
      detail:
        "Sie gehören zu keinem Konto mehr: Sie haben es verlassen, oder ein Admin hat Sie entfernt. Bitten Sie einen Admin, Sie wieder einzuladen.",
    },
    wrong_account: {
      title: "Anderes Konto",
      detail:
        "Dieses Formular gehört zu einem Konto, in dem Sie nicht angemeldet sind oder dem Sie nicht mehr angehören. Es wurde nichts geändert.",
    },
  },
  retry: {
    in: (wait) => `Versuchen Sie es in ${wait} noch einmal.`,
    nothingSent: "Es wurde nichts gesendet.",
    nothingChanged: "Es wurde nichts geändert.",
    remaining: (count) => `Erneutes Senden ist heute noch ${count}-mal möglich.`,
  },

  fieldLabels: {
    contact_name: "Name",
    contact_email: "E-Mail-Adresse",
    role: "Rolle",
    note: "Nachricht",
    locale: "Sprache",
    expires_in_days: "Gültigkeit",
  },
  fieldErrors: {
    required: {
      name: "Geben Sie Ihren Namen ein.",
      email: "Geben Sie Ihre E-Mail-Adresse ein.",
      current_password: "Geben Sie Ihr aktuelles Passwort ein.",
      password: "Geben Sie ein Passwort ein.",
      accept_terms: "Akzeptieren Sie die Nutzungsbedingungen, um fortzufahren.",
      code: "Geben Sie die sechs Ziffern aus der E-Mail ein.",
      contact_name: "Geben Sie den Namen der Person ein.",
      contact_email: "Geben Sie die Adresse ein, an die die Einladung geht.",
      role: "Wählen Sie eine Rolle.",
      locale: "Wählen Sie eine Sprache.",
    },
    invalid: {
      name: "Verwenden Sie einen kürzeren Namen.",
      email: "Geben Sie eine E-Mail-Adresse wie name@firma.de ein.",
      password: "Verwenden Sie ein kürzeres Passwort.",
      accept_terms: "Akzeptieren Sie die Nutzungsbedingungen, um fortzufahren.",
      code: "Geben Sie die sechs Ziffern aus der E-Mail ein.",
      contact_name: "Verwenden Sie einen kürzeren Namen.",
      contact_email: "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@firma.de.",
      time_zone: "Geben Sie den Namen einer Zeitzone ein, zum Beispiel Europe/Berlin.",
      role: "Wählen Sie eine Rolle.",
      locale: "Wählen Sie eine Sprache.",
      note: "Verwenden Sie eine kürzere Nachricht.",
    },
    too_long: (max) => `Verwenden Sie höchstens ${max} Zeichen.`,
    password_too_short: (min) => `Verwenden Sie mindestens ${min} Zeichen. Gut geeignet ist ein kurzer Satz.`,
    password_too_long: (max) => `Verwenden Sie höchstens ${max} Zeichen.`,
    password_common: (word) =>
      word
        ? `„${word}“ gehört zu den ersten Wörtern, die Angreifer ausprobieren. Ergänzen Sie einige eigene Wörter.`
        : "Dieses Passwort ist zu leicht zu erraten. Gut geeignet ist ein kurzer Satz.",
    password_contains_name: (word) =>
      `Dieses Passwort besteht fast nur aus Namen, die andere kennen${word ? `, zum Beispiel „${word}“` : ""}. Ergänzen Sie einige eigene Wörter.`,
    password_changed_often:
      "Sie haben Ihr Passwort heute schon mehrmals geändert. Setzen Sie es per E-Mail zurück, oder versuchen Sie es morgen wieder.",
    wrong_password: "Das ist nicht das Passwort Ihres Zugangs.",
    passkey_refused:
      "Wir konnten diesen Passkey nicht verwenden. Versuchen Sie es noch einmal, oder verwenden Sie ein Passwort.",
    account_exists: "Sie haben bereits einen Zugang. Geben Sie dessen Passwort ein, um die Einladung anzunehmen.",
    terms_changed:
      "Die Nutzungsbedingungen haben sich geändert, seit Sie diese Seite geöffnet haben. Lesen Sie sie und akzeptieren Sie sie noch einmal.",
    code_expired: "Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.",
    wrong_code: (attemptsLeft) => {
      if (attemptsLeft === 0)
        return "Das ist nicht der Code, und es war Ihr letzter Versuch. Fordern Sie einen neuen an."
      return `Das ist nicht der Code. Sie haben noch ${attemptsLeft === 1 ? "1 Versuch" : `${attemptsLeft} Versuche`}.`
    },
    email_several: "Geben Sie nur eine Adresse ein.",
    email_quoted:
      "Unser Maildienst kann nicht an Adressen mit Anführungszeichen vor dem @ senden. Verwenden Sie eine andere Adresse.",
    email_letters:
      "Unser Maildienst kann nicht an Adressen mit anderen Buchstaben als A–Z vor dem @ senden. Verwenden Sie eine andere Adresse.",
    email_local_part:
      "Prüfen Sie den Teil vor dem @: Leerzeichen, Klammern, Kommas, Doppelpunkte und ein weiteres @ sind nicht möglich, ebenso wenig ein Punkt am Anfang oder Ende oder zwei hintereinander.",
    email_local_part_too_long: (max) => `Verwenden Sie vor dem @ höchstens ${max} Zeichen.`,
    email_domain: "Eine Domain wie die nach dem @ kann es nicht geben. Prüfen Sie die Schreibweise.",
    not_visible: "Verwenden Sie mindestens ein sichtbares Zeichen.",
    phone_extension: "Geben Sie die Nummer ohne Durchwahl ein.",
    invite_pending: (name) => `Für ${name} ist unter dieser Adresse schon eine Einladung offen.`,
    already_member: (name) => `${name} ist mit dieser Adresse schon beigetreten.`,
    email_suppressed: "An diese Adresse senden wir keine E-Mail. Verwenden Sie eine andere.",
    email_unchanged: "Die Einladung hat diese Adresse bereits. Verwenden Sie eine andere.",
    openInvite: "Einladung öffnen",
    showPerson: "Person anzeigen",
  },

  account: {
    welcome: (name) => `Willkommen, ${name}`,
    intro: (account, reseller, role) => [
      "Dies ist das Konto von ",
      account,
      ` bei ${reseller}. Ihre Rolle ist ${role}.`,
    ],
    adminIntro: "Sie können Kolleginnen und Kollegen einladen und ihre Rollen festlegen.",
  },

  people: {
    members: "Mitglieder",
    you: "(Sie)",
    joined: (joinedAt) => ["beigetreten: ", joinedAt],
    joinOrder: "In der Reihenfolge des Beitritts",
    invited: "Eingeladen, noch nicht beigetreten",
    change: "Ändern",
    leave: "Verlassen",
    invite: "Jemanden einladen",
    inviteSent: (name) => `Die Einladung an ${name} ist unterwegs.`,
    roleChanged: "Gespeichert. Die neue Rolle gilt ab sofort.",
    removed: "Entfernt. Die Person hat keinen Zugriff mehr.",
  },

  person: {
    region: "Person",
    email: "E-Mail-Adresse",
    role: "Rolle",
    joined: "Beigetreten",
    youAreLastAdmin: (account) =>
      `Außer Ihnen ist niemand Admin von ${account}, deshalb können Sie die Rolle nicht abgeben und das Konto nicht verlassen. Machen Sie zuerst jemand anderen zum Admin.`,
    isLastAdmin: (name, account) =>
      `Außer ${name} ist niemand Admin von ${account}. Die Rolle lässt sich deshalb nicht ändern und die Person nicht entfernen. Machen Sie zuerst jemand anderen zum Admin.`,
    saveRole: "Rolle speichern",
    leaveTitle: (account) => `${account} verlassen`,
    leaveText: "Sie verlieren sofort den Zugriff. Ein Admin kann Sie wieder einladen.",
    leave: "Verlassen",
    removeTitle: (account) => `Aus ${account} entfernen`,
    removeText: (name) => `${name} verliert sofort den Zugriff. Sie können die Person wieder einladen.`,
    remove: "Entfernen",
  },

  inviteForm: {
    title: "Jemanden einladen",
    name: "Name",
    email: "E-Mail-Adresse",
    emailHelp: "Dorthin senden wir die Einladung.",
    role: "Rolle",
    language: "Sprache",
    languageHelp: "Für alle E-Mails und Seiten zu dieser Einladung.",
    note: "Nachricht (optional)",
    noteHelp: (max) => `Reiner Text, höchstens ${max} Zeichen. Steht in der E-Mail.`,
    send: "Einladung senden",
    createWithoutEmail: "Ohne E-Mail anlegen",
    withoutEmailHelp: "Ohne E-Mail kopieren Sie den Registrierungslink und geben ihn selbst weiter.",
  },

  editInvite: {
    title: "Einladung bearbeiten",
    titleResend: "Bearbeiten und erneut senden",
    save: "Speichern",
    sentEmailHelp:
      "Wenn Sie die Adresse ändern, senden wir die Einladung dorthin, mit einem neuen Link. Frühere Links gelten dann nicht mehr.",
    unsentEmailHelp: "Wenn Sie die Adresse ändern, gelten früher kopierte Links nicht mehr.",
    conflict:
      "Jemand hat diese Einladung geändert, seit Sie das Formular geöffnet haben. Unten steht Ihre Fassung. Speichern Sie noch einmal, um die andere zu ersetzen.",
    otherDetails: "Weitere Angaben",
    sameAddressTitle: "Stimmt die Adresse?",
    sameAddressText: (address) => `Dann senden Sie die Einladung erneut an ${address}.`,
    allowText: (name) =>
      `Senden Sie die Einladung nur, wenn ${name} Sie darum gebeten hat. Diese Adresse bekommt dann wieder E-Mail von Ihnen.`,
    allowAndResend: "E-Mail zulassen und erneut senden",
  },

  copyLink: {
    title: "Registrierungslink",
    forPerson: (name) => `Für ${name}`,
    help: (expiresOn, name, email, minutes) => [
      "Der Link gilt bis zum ",
      expiresOn,
      `. Wer ihn öffnet, muss einen Code eingeben, den wir an ${email} senden und der ${minutes} Minuten gilt. So kann nur ${name} ihn verwenden. Per E-Mail gesendete Links gelten weiter.`,
    ],
    done: "Fertig",
  },

  invite: {
    region: "Einladung",
    timeline: "Verlauf",
    contact: "Kontakt",
    email: "E-Mail-Adresse",
    days: (days) => (days === 1 ? "1 Tag" : `${days} Tage`),
    invited: "Eingeladen",
    copyLink: "Link kopieren",
    edit: "Bearbeiten",
    editAndResend: "Bearbeiten & senden",
    resend: "Erneut senden",
    send: "Senden",
    resendIn: (time) => `Erneut in ${time}`,
    toPerson: (name) => `an ${name}`,
    inviteTo: (name) => `(Einladung an ${name})`,
    revoke: "Zurückziehen",
    revokeLabel: (name) => `Einladung an ${name} zurückziehen`,
    undo: "Rückgängig",
    flashes: {
      resent: (to) => `Die Einladung an ${to} ist unterwegs, mit einem neuen Link.`,
      revoked: (to) => `Die Einladung an ${to} wurde zurückgezogen.`,
      restored: (to) => `Die Einladung an ${to} ist wieder offen. Der Link gilt wieder.`,
      created: (to) =>
        `Die Einladung an ${to} wurde angelegt. Es wurde keine E-Mail gesendet: Kopieren Sie den Link und geben Sie ihn selbst weiter.`,
      saved: (to) => `Die Einladung an ${to} wurde gespeichert. Die bisherigen Links gelten weiter.`,
      addressChanged: (to) =>
        `Die Einladung an ${to} wurde gespeichert. Früher kopierte Links gelten nicht mehr. Kopieren Sie einen neuen.`,
      unchanged: "Es wurde nichts geändert und nichts gesendet.",
    },
  },

  inviteStatuses: {
    pending: "Offen",
    accepted: "Angenommen",
    expired: "Abgelaufen",
    revoked: "Zurückgezogen",
    declined: "Abgelehnt",
  },
  emailStatuses: {
    queued: "Wird gesendet",
    sent: "Gesendet",
    delivered: "Zugestellt",
    deferred: "Verzögert",
    bounced: "Unzustellbar",
    complained: "Als Spam markiert",
    failed: "Nicht gesendet",
  },
  emailErrors: {
    suppressed: "An diese Adresse senden wir keine E-Mails",
    exhausted: "Das Senden ist mehrmals fehlgeschlagen",
    no_mailbox: "Das Postfach gibt es nicht",
    no_domain: "Die Domain gibt es nicht",
    no_mail_domain: "Die Domain nimmt keine E-Mails an",
    mailbox_disabled: "Das Postfach ist deaktiviert",
    mailbox_full: "Das Postfach ist voll",
    rejected: "Vom empfangenden Server abgelehnt",
    try_later: "Der empfangende Server bat um einen späteren Versuch",
    waiting: "Wir können derzeit keine E-Mails senden und versuchen es weiter",
    held: "Nach einer Wiederherstellung zurückgehalten, da sie womöglich schon gesendet wurde",
  },
  statusLine: {
    notEmailed: "Keine E-Mail gesendet",
    timesSent: (count) => (count === 2 ? "zweimal gesendet" : `${count}-mal gesendet`),
    expires: (expiresOn) => ["gilt bis ", expiresOn],
    expired: (expiredAt) => ["Abgelaufen: ", expiredAt],
    joined: (joinedAt) => ["Beigetreten: ", joinedAt],
    opened: (openedAt) => ["Link geöffnet: ", openedAt],
    sent: (sentAt) => ["gesendet: ", sentAt],
    revoked: "Der Link gilt nicht mehr",
    declined: "Vom Empfänger abgelehnt",
  },

  timeline: {
    actions: {
      "invite.created": "Eingeladen",
      "invite.sent": "E-Mail gesendet an",
      "invite.failed": "E-Mail nicht gesendet:",
      "invite.delivered": "E-Mail zugestellt",
      "invite.deferred": "E-Mail verzögert:",
      "invite.bounced": "E-Mail kam zurück:",
      "invite.complained": "Als Spam markiert",
      "invite.updated": "Bearbeitet:",
      "invite.billing_changed": "Abrechnungskonto geändert",
      "invite.link_issued": "Link kopiert",
      "invite.code_sent": "Code mit einem kopierten Link angefordert für",
      "invite.form_started": "Mit dem Ausfüllen des Formulars begonnen",
      "invite.link_repeated": "Vom Kontakt angefordert: neuester Link erneut gesendet an",
      "invite.reminded": "Erinnert",
      "invite.advanced": "Zeitlich vorgerückt",
      "invite.opened": "Link geöffnet",
      "invite.declined": "Abgelehnt",
      "invite.unsubscribed": "E-Mails abbestellt",
      "invite.resent": "Neuer Link gesendet an",
      "invite.revoked": "Zurückgezogen",
      "invite.restored": "Zurückziehen rückgängig gemacht",
      "invite.expired": "Abgelaufen",
      "invite.accepted": "Angenommen",
      "invite.purged": "Personenbezogene Daten gelöscht",
      "invite.code_refused": "Falscher Code eingegeben",
      "invite.sign_in_failed": "Anmeldung mit dem Link fehlgeschlagen",
      "invite.limit_reached": "Höchstzahl der Versuche erreicht",
    },
    renewed: "Vom Kontakt erneuert: neuer Link gesendet an",
    noValue: "leer",
    system: "System",
    theContact: "Der Kontakt",
    contact: (name) => `${name} (Kontakt)`,
    member: (name) => `${name} (Mitglied)`,
  },

  privacy: {
    purgedInvite: "Gelöschter Kontakt",
    purged: (when) => ["Die personenbezogenen Daten dieser Einladung wurden gelöscht (", when, ")."],
    purgeTitle: "Personenbezogene Daten löschen",
    purgeText:
      "Löscht Name, Adresse, Nachricht und E-Mails dieser Einladung endgültig. Die Einladung selbst bleibt in Listen und Statistiken, aber ohne diese Daten.",
    purge: "Daten löschen",
    personTitle: "Entfernen und personenbezogene Daten löschen",
    personText:
      "Löscht auch den Zugang mit Name, Adresse, Passwort und Sitzungen, wenn er zu keinem anderen Konto gehört. Offene Einladungen und Einladungen anderer Firmen behalten Name und Adresse, bis sie gelöscht werden. Das lässt sich nicht rückgängig machen.",
    flashes: { purged: "Die personenbezogenen Daten wurden gelöscht." },
  },

  passwordReset: {
    title: "Passwort vergessen?",
    help: "Geben Sie die E-Mail-Adresse ein, mit der Sie sich anmelden. Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort wählen können.",
    email: "E-Mail-Adresse",
    submit: "Link senden",
    back: "Zur Anmeldung",
    sentTitle: "Sehen Sie in Ihrem Posteingang nach",
    sent: (address, minutes, waitMinutes) =>
      `Wenn es zu ${address} einen Zugang gibt, senden wir einen Link dorthin. Er gilt ${minutes} Minuten. Wenn er nicht ankommt, sehen Sie im Spam-Ordner nach. Bei mehreren Anforderungen an einem Tag senden wir den nächsten Link erst ${waitMinutes} Minuten nach dem letzten. Dieser gilt bis dahin weiter.`,
    newTitle: "Neues Passwort wählen",
    newHelp: "Mit dem Speichern werden Sie überall abgemeldet. Melden Sie sich danach mit dem neuen Passwort an.",
    newPassword: "Neues Passwort",
    save: "Passwort speichern",
    invalidTitle: "Dieser Link gilt nicht mehr",
    invalid: (minutes) =>
      `Ein Link gilt einmal, für ${minutes} Minuten, und nur bis sich das Passwort oder die Adresse ändert.`,
    askAgain: "Neuen Link senden",
    done: "Ihr Passwort wurde geändert. Melden Sie sich mit dem neuen an.",
  },

  profile: {
    title: "Ihr Profil",
    name: { title: "Ihr Name", label: "Name", save: "Name speichern", saved: "Ihr Name wurde geändert." },
    preferences: {
      title: "Einstellungen",
      themeLabel: "Farbschema",
      themes: { system: "System", light: "Hell", dark: "Dunkel" },
      timeZone: "Zeitzone",
      automatic: "Automatisch (die Ihres Browsers)",
      timeZoneHelp: "Für alle Zeiten auf Ihren Seiten, zum Beispiel Europe/Berlin.",
      save: "Speichern",
      saved: "Ihre Einstellungen wurden gespeichert.",
    },
    password: {
      title: "Passwort",
      current: "Aktuelles Passwort",
      new: "Neues Passwort",
      help: (min) => `Verwenden Sie mindestens ${min} Zeichen. Die Änderung meldet Sie überall sonst ab.`,
      save: "Passwort ändern",
      saved: "Ihr Passwort wurde geändert. Überall sonst sind Sie jetzt abgemeldet.",
      none: "Sie haben kein Passwort: Sie melden sich mit einem Passkey an.",
      add: "Passwort hinzufügen",
    },
    email: {
      title: "E-Mail-Adresse",
      current: (address) => `Sie melden sich mit ${address} an.`,
      label: "Neue E-Mail-Adresse",
      help: "Wir senden an jede der beiden Adressen einen Link. Die Änderung gilt, sobald Sie beide bestätigt haben.",
      save: "Adresse ändern",
      requested:
        "Wir senden an jede der beiden Adressen einen Link. Öffnen Sie beide Links, um die Änderung zu bestätigen.",
      waiting: (address) =>
        `Um Ihre Adresse in ${address} zu ändern, bestätigen Sie die Änderung mit beiden Links, die wir gesendet haben.`,
      confirmedCurrent: "An Ihrer bisherigen Adresse bestätigt.",
      confirmedNew: "An der neuen Adresse bestätigt.",
      cancel: "Änderung abbrechen",
      cancelled: "Abgebrochen. Ihre Adresse bleibt, wie sie ist.",
    },
    sessions: {
      title: "Wo Sie angemeldet sind",
      current: "Diese Sitzung",
      device: (browser, system) => `${browser} unter ${system}`,
      unknownDevice: "Unbekanntes Gerät",
      unknownPlace: "Unbekannter Ort",
      near: (place) => `In der Nähe von ${place}`,
      lastUsed: (day) => ["Zuletzt verwendet: ", day],
      signOut: "Abmelden",
      signOutOthers: "Überall sonst abmelden",
      ended: "Dort abgemeldet.",
      othersEnded: "Überall sonst abgemeldet.",
      help: (days) => `Jede Sitzung endet spätestens nach ${days} Tagen.`,
    },
  },

  personSessions: {
    title: "Sitzungen",
    text: (name) => `Melden Sie ${name} auf allen Geräten ab, zum Beispiel wenn ein Gerät verloren ging.`,
    submit: "Überall abmelden",
    ended: "Auf allen Geräten abgemeldet.",
  },

  emailChange: {
    title: "E-Mail-Adresse bestätigen",
    text: (address, platform) =>
      `Bestätigen Sie, dass Sie sich bei ${platform} künftig mit ${address} anmelden möchten.`,
    submit: "Bestätigen",
    waitingTitle: "Noch ein Link",
    waiting: {
      current: (address) => `Bestätigt. Öffnen Sie jetzt den Link, den wir an ${address} gesendet haben.`,
      new: "Bestätigt. Öffnen Sie jetzt den Link, den wir an Ihre bisherige Adresse gesendet haben.",
    },
    changedTitle: "Ihre Adresse wurde geändert",
    changed: (address) => `Künftig melden Sie sich mit ${address} an.`,
    takenTitle: "Diese Adresse kann nicht verwendet werden",
    taken: "Diese Adresse gehört inzwischen zu einem anderen Zugang. Ihre Adresse bleibt, wie sie ist.",
    invalidTitle: "Dieser Link gilt nicht mehr",
    invalid: (hours) =>
      `Ein Link gilt ${hours} Stunden. Er gilt nicht mehr, wenn die Änderung ausgeführt oder abgebrochen ist oder sich das Passwort ändert.`,
    signIn: "Zur Anmeldung",
  },

  securityNotices: {
    password_changed: "Ihr Passwort wurde geändert",
    password_reset: "Ihr Passwort wurde mit einem gesendeten Link zurückgesetzt",
    email_changed: "Ihre E-Mail-Adresse wurde geändert",
    passkey_added: "Ihrem Zugang wurde ein Passkey hinzugefügt",
    passkey_removed: "Von Ihrem Zugang wurde ein Passkey entfernt",
    authenticator_added: "Für Ihren Zugang wurde eine Authenticator-App eingerichtet",
    authenticator_removed: "Die Authenticator-App wurde von Ihrem Zugang entfernt",
    recovery_codes_created: "Für Ihren Zugang wurden neue Wiederherstellungscodes erstellt",
    factors_reset:
      "Ihre Passkeys, Ihre Authenticator-App und Ihre Wiederherstellungscodes wurden gelöscht, weil sie als verloren gemeldet wurden",
  },

  securityAdvice: {
    choosePassword: "Wenn Sie das waren, ist nichts zu tun. Wenn nicht, wählen Sie sofort ein neues Passwort:",
    changedAddress: (platform) =>
      `Mit dieser Adresse meldet sich niemand mehr bei ${platform} an. Wenn Sie das waren, ist nichts zu tun. Wenn nicht, kann jemand Ihre E-Mails lesen: Wählen Sie ein neues Passwort für Ihr Postfach. Bitten Sie dann einen Admin Ihres Kontos, Sie dort zu entfernen und wieder einzuladen.`,
  },

  secondFactor: {
    title: "Zweiter Schritt",
    intro: "Ihr Passwort stimmt. Bestätigen Sie jetzt, dass Sie es sind.",
    code: "Ihr Code",
    codeHelp: "Sechs Ziffern aus Ihrer Authenticator-App oder einer Ihrer Wiederherstellungscodes.",
    recoveryCodeHelp: "Einer Ihrer Wiederherstellungscodes.",
    submit: "Anmelden",
    usePasskey: "Passkey verwenden",
    passkeyFailed: "Wir konnten diesen Passkey nicht verwenden. Versuchen Sie es noch einmal.",
    passkeyFailedAtSignIn:
      "Wir konnten Sie mit diesem Passkey nicht anmelden. Versuchen Sie es noch einmal, oder geben Sie Ihr Passwort ein.",
    wrongCode: "Dieser Code ist ungültig oder wurde schon verwendet.",
    lastAttempt: "Das war Ihr letzter Versuch. Melden Sie sich noch einmal an.",
    expired: "Das hat zu lange gedauert. Geben Sie Ihr Passwort noch einmal ein.",
    startOver: "Von vorn beginnen",
    lost: "Gerät verloren? Geben Sie einen Wiederherstellungscode ein. Wenn Sie keinen haben, kann ein Admin Ihres Kontos Ihren zweiten Faktor zurücksetzen.",
  },

  confirmIdentity: {
    title: "Bestätigen Sie, dass Sie es sind",
    intro: "Ihre Anmeldung ist eine Weile her. Bestätigen Sie, dass Sie es sind, bevor Sie dies ändern.",
    kept: "Es wurde noch nichts geändert, und Ihre Eingaben bleiben erhalten.",
    password: "Passwort",
    submit: "Bestätigen",
    wrongPassword: "Das ist nicht Ihr Passwort.",
    confirmedTitle: "Noch ein Schritt",
    confirmed: "Danke. Es wurde noch nichts geändert: Fahren Sie fort, um Ihre Änderung vorzunehmen.",
    continue: "Fortfahren",
    cancel: "Abbrechen",
  },

  factors: {
    requiredTitle: "Schützen Sie Ihren Zugang",
    requiredIntro: (account) =>
      `${account} verlangt bei der Anmeldung einen zweiten Schritt. Richten Sie einen davon ein, um fortzufahren. Es dauert eine Minute.`,
    intro: "Fügen Sie der Anmeldung einen zweiten Schritt hinzu, damit ein gestohlenes Passwort nicht genügt.",
    done: "Fertig",
    cancel: "Abbrechen",
    remove: "Entfernen",
    changed: "Gespeichert. Überall sonst sind Sie jetzt abgemeldet.",
    othersSignedOut:
      "Wenn Sie ändern, wie Sie sich anmelden, melden wir Sie überall sonst ab und schicken Ihnen eine E-Mail.",
    passkeys: {
      title: "Ihre Passkeys",
      text: "Melden Sie sich mit Fingerabdruck, Gesicht oder Bildschirmsperre an. Ein Passkey ersetzt das Passwort und den zweiten Schritt.",
      none: "Sie haben noch keine Passkeys.",
      add: "Passkey hinzufügen",
      name: "Bezeichnung",
      nameHelp: "Damit Sie Ihre Passkeys unterscheiden können, zum Beispiel der Name des Geräts.",
      create: "Passkey erstellen",
      unsupported: "Passkeys brauchen einen Browser mit JavaScript, der sie unterstützt.",
      refused: "Wir konnten diesen Passkey nicht hinzufügen. Versuchen Sie es noch einmal.",
      added: (addedAt) => ["hinzugefügt: ", addedAt],
      used: (usedAt) => ["zuletzt verwendet: ", usedAt],
      neverUsed: "nie verwendet",
      confirmRemove: (name) => `Den Passkey ${name} entfernen? Sie können sich dann nicht mehr mit ihm anmelden.`,
    },
    authenticator: {
      title: "Authenticator-App",
      text: "Eine App auf Ihrem Telefon zeigt alle 30 Sekunden einen neuen Code. Nach Ihrem Passwort fragen wir nach diesem Code.",
      on: "Ihre Authenticator-App ist eingerichtet.",
      off: "Sie haben keine Authenticator-App.",
      add: "App einrichten",
      replace: "Andere App einrichten",
      scan: "Scannen Sie diesen Code mit einer Authenticator-App.",
      qrCode: "QR-Code für Ihre Authenticator-App",
      manual: "Oder geben Sie diesen Schlüssel in die App ein",
      code: "Code der App",
      codeHelp: "Die sechs Ziffern, die die App zeigt.",
      verify: "Aktivieren",
      wrongCode: "Das ist nicht der Code, den die App jetzt zeigt. Prüfen Sie die Uhr Ihres Telefons.",
      confirmRemove: "Ihre Authenticator-App entfernen? Wir fragen dann nicht mehr nach ihren Codes.",
    },
    recoveryCodes: {
      title: "Wiederherstellungscodes",
      text: "Jeder Code gilt einmal, anstelle Ihrer Authenticator-App oder Ihres Passkeys. Bewahren Sie sie sicher auf.",
      first: "Ihr Zugang ist eingerichtet, und Sie melden sich mit Ihrem Passkey an.",
      shownOnce: "Speichern Sie diese Codes jetzt. Sie können sie nicht noch einmal sehen.",
      left: (count) => (count === 1 ? "Sie haben noch 1 Code." : `Sie haben noch ${count} Codes.`),
      create: "Neue Codes erstellen",
      copy: "Codes kopieren",
    },
    reset: {
      title: "Zweiter Faktor",
      text: (name) =>
        `Wenn ${name} das Gerät verloren hat, löschen Sie hier Passkeys, Authenticator-App und Wiederherstellungscodes. Die Person wird abgemeldet und kann sich mit ihrem Passwort anmelden.`,
      submit: "Zweiten Faktor zurücksetzen",
      done: "Der zweite Faktor wurde gelöscht. Wir haben die Person per E-Mail informiert.",
    },
  },

  registrationByPasskey: {
    create: "Konto mit einem Passkey erstellen",
    accept: "Mit einem Passkey annehmen",
    help: "Ohne Passwort: Fingerabdruck, Gesicht oder Bildschirmsperre genügt.",
    or: "oder mit einem Passwort",
    cancelled: "Es wurde kein Passkey angelegt. Versuchen Sie es noch einmal, oder wählen Sie ein Passwort.",
  },

  guessLimit: {
    sooner: (resetLink) => ["Ein Passkey funktioniert weiterhin, und Sie können Ihr ", resetLink, "."],
    resetPassword: "Passwort zurücksetzen",
  },
} satisfies Messages
