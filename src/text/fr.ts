import type { Messages } from "./en.ts"

// As French is typeset, a no-break space (U+00A0) stands before a colon and inside « », a narrow one (U+202F) before ; ! and ?
// Names follow no word that would lose its vowel before them, and no sentence presumes a person's gender.

const pluralRules = new Intl.PluralRules("fr")

/** With the number: French also has the singular for 0. */
const counted = (count: number, one: string, other: string) =>
  `${count} ${pluralRules.select(count) === "one" ? one : other}`

export const fr = {
  language: { code: "fr", name: "Français", dates: "fr-FR", colon: "\u00a0: ", space: " " },
  justNow: "à l’instant",

  phrases: {
    personOfCompany: (person, company) => `${person} (${company})`,
    callUs: (phone) => ` ou appelez-nous au ${phone}`,
    purpose: {
      customer: (company, reseller) => `configurer le compte ${company} chez ${reseller}`,
      staff: (_company, reseller) => `rejoindre l’équipe ${reseller}`,
      member: (company, reseller) => `rejoindre le compte ${company} chez ${reseller}`,
    },
  },

  memberRoles: { admin: "Admin", member: "Membre" },
  memberRoleDescriptions: {
    admin: "Invite des collègues et gère les membres.",
    member: "Voit qui fait partie du compte.",
  },

  emails: {
    invite: {
      subject: "Invitation à rejoindre {{reseller_name}}",
      preview: "{{inviter}} a invité {{company_name}}. Le lien est valable jusqu’au {{expires_on}}.",
      paragraphs: [
        "Bonjour {{contact_name}},",
        "Vous avez reçu une invitation à rejoindre le portail en libre-service {{reseller_name}}, propulsé par {{platform_name}}. Découvrez une connectivité élégante et automatisée, à la hauteur de ce que vous attendez du cloud !",
        "Donnez plus de puissance à votre réseau interne ou à votre backbone, connectez-vous à vos fournisseurs cloud et SaaS, reliez-les entre eux et, grâce à notre place de marché, bâtissez avec d’autres votre propre écosystème, privé et sécurisé.",
        "Pour terminer votre inscription, suivez le lien ci-dessous et créez votre compte. Ensuite, cliquez, créez, connectez !",
      ],
      linkLabel: "C’est par ici :",
      buttonLabel: "Créer votre compte",
      noteLabel: "{{inviter}} ajoute :",
      notes: [
        "Le lien est valable jusqu’au {{expires_on}}.",
        "Invitation envoyée à {{contact_email}} par {{inviter}}, pour l’entreprise {{company_name}}.",
        "Une question ? Répondez à cet e-mail{{support_line}}.",
      ],
      declineLabel: "Cette invitation ne m’est pas destinée",
    },
    accountInvite: {
      subject: "{{inviter}} vous invite à rejoindre {{account_name}}",
      preview: "{{inviter}} vous invite à {{purpose}}. Le lien est valable jusqu’au {{expires_on}}.",
      paragraphs: [
        "Bonjour {{contact_name}},",
        "{{inviter}} vous invite à {{purpose}}. Vous aurez le rôle {{role}}. Ce service est propulsé par {{platform_name}}.",
        "Suivez le lien ci-dessous pour créer votre compte. Si vous en avez déjà un, utilisez-le pour accepter l’invitation.",
      ],
      linkLabel: "C’est par ici :",
      buttonLabel: "Accepter l’invitation",
      noteLabel: "{{inviter}} ajoute :",
      notes: [
        "Le lien est valable jusqu’au {{expires_on}}.",
        "Invitation envoyée à {{contact_email}} par {{inviter}}.",
        "Une question ? Répondez à cet e-mail{{support_line}}.",
      ],
      declineLabel: "Cette invitation ne m’est pas destinée",
    },
    reminder: {
      subject: "Votre invitation {{reseller_name}} expire le {{expires_on}}",
      preview: "Le lien est valable jusqu’au {{expires_on}}.",
      paragraphs: [
        "Bonjour {{contact_name}},",
        "{{inviter}} vous invite à {{purpose}}. Le lien ci-dessous est valable jusqu’au {{expires_on}}. Passé ce délai, il vous faudra une nouvelle invitation.",
      ],
      linkLabel: "C’est par ici :",
      buttonLabel: "Créer votre compte",
      notes: ["Une question ? Répondez à cet e-mail{{support_line}}.", "Nous ne vous enverrons pas d’autre rappel."],
      declineLabel: "Cette invitation ne m’est pas destinée",
    },
    verificationCode: {
      subject: "{{code}} est votre code de vérification",
      preview: "Ce code est valable {{minutes}} minutes.",
      intro: "Quelqu’un a ouvert l’invitation à {{purpose}}. Si c’est vous, saisissez ce code :",
      notes: [
        "Ce code est valable {{minutes}} minutes et ne peut servir qu’une fois.",
        "Si ce n’est pas vous, ignorez cet e-mail : sans le code, personne ne peut aller plus loin. Ne le communiquez à personne ; nous ne vous le demanderons jamais.",
        "Une question ? Répondez à cet e-mail{{support_line}}.",
      ],
    },
    passwordReset: {
      subject: "Choisissez un nouveau mot de passe pour {{platform_name}}",
      preview: "Le lien est valable {{minutes}} minutes et ne peut servir qu’une fois.",
      paragraphs: [
        "Bonjour {{name}},",
        "Vous avez demandé un nouveau mot de passe pour {{platform_name}}. Ouvrez le lien pour le choisir :",
      ],
      buttonLabel: "Choisir un nouveau mot de passe",
      notes: [
        "Le lien est valable {{minutes}} minutes à compter de votre demande et ne peut servir qu’une fois. Le changement de mot de passe ferme toutes vos sessions.",
        "Si vous n’êtes pas à l’origine de cette demande, ignorez cet e-mail : votre mot de passe reste inchangé.",
      ],
    },
    confirmCurrentEmail: {
      subject: "Confirmez votre nouvelle adresse e-mail pour {{platform_name}}",
      preview: "Rien ne change tant que vous n’avez pas confirmé ici et à la nouvelle adresse.",
      paragraphs: [
        "Bonjour {{name}},",
        "Vous avez demandé à vous connecter désormais à {{platform_name}} avec l’adresse {{new_email}}. Ouvrez le lien pour confirmer. Nous avons envoyé un autre lien à la nouvelle adresse : le changement prendra effet dès que vous aurez confirmé les deux.",
      ],
      buttonLabel: "Confirmer le changement",
      notes: [
        "Le lien est valable {{hours}} heures.",
        "Si ce n’est pas vous, n’ouvrez pas le lien : quelqu’un connaît votre mot de passe. Choisissez-en un nouveau sur {{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "Confirmez cette adresse e-mail pour {{platform_name}}",
      preview: "Rien ne change tant que vous n’avez pas confirmé ici et à l’adresse actuelle.",
      paragraphs: [
        "Quelqu’un a demandé à se connecter à {{platform_name}} avec cette adresse e-mail. Si c’est vous, ouvrez le lien pour la confirmer. Nous avons envoyé un autre lien à votre adresse actuelle : le changement prendra effet dès que vous aurez confirmé les deux.",
      ],
      buttonLabel: "Confirmer cette adresse",
      notes: ["Le lien est valable {{hours}} heures.", "Si ce n’est pas vous, ignorez cet e-mail."],
    },
    securityNotice: {
      subject: "Alerte de sécurité : {{event}}",
      preview: "Si ce n’est pas vous, agissez sans attendre.",
      paragraphs: ["Bonjour {{name}},", "Le {{time}}, {{event}}.", "{{advice}}"],
      buttonLabel: "Choisir un nouveau mot de passe",
      notes: ["Cet e-mail vous est envoyé pour votre sécurité. Vous ne pouvez pas vous en désabonner."],
    },
  },

  preview: {
    subject: "Objet",
    from: "De",
    to: "À",
    contactName: "Nom du contact",
    contactEmail: "nom@entreprise.fr",
    companyName: "Nom de l’entreprise",
    emails: "E-mails",
    kinds: { invite: "Invitation", reminder: "Rappel" },
    plainText: "Texte brut",
  },

  layout: {
    skipToContent: "Aller au contenu",
    dismiss: "Fermer",
    navigation: "Menu principal",
    account: "Compte",
    switchAccount: "Changer de compte",
    staffAccount: (reseller) => `${reseller} (équipe)`,
    customerAccount: (customer, reseller) => `${customer}, ${reseller}`,
    signOut: "Se déconnecter",
    profile: "Votre profil",
    questions: "Une question ?",
    poweredBy: (platform) => `Propulsé par ${platform}`,
    next: "Suivant →",
    previous: "← Précédent",
    newer: "← Plus récentes",
    older: "Plus anciennes →",
    newestFirst: "Les plus récentes d’abord",
    cancel: "Annuler",
  },

  invalidLink: {
    title: "Lien incomplet",
    heading: "Ce lien est incomplet",
    copyWholeLink:
      "Il arrive que les messageries coupent les liens trop longs. Revenez à l’e-mail, copiez le lien en entier, de « https » au dernier caractère, puis collez-le dans la barre d’adresse.",
    askForNewInvite: "S’il ne fonctionne toujours pas, répondez à l’e-mail pour demander une nouvelle invitation.",
  },

  registration: {
    setUp: (account) => `Configurer le compte ${account}`,
    join: (account) => `Rejoindre ${account}`,
    invitedYou: (sender) => `${sender} vous a envoyé une invitation.`,
    roleOf: {
      customer: "Vous aurez le rôle Admin dans le nouveau compte et pourrez y inviter vos collègues.",
      staff: (reseller, role) => `Vous rejoindrez l’équipe ${reseller} avec le rôle ${role}.`,
      member: (company, reseller, role) =>
        `Vous rejoindrez le compte ${company} chez ${reseller} avec le rôle ${role}.`,
    },
    email: "Adresse e-mail",
    name: "Votre nom",
    password: "Mot de passe",
    passwordHelp: (min) => `Au moins ${min} caractères, par exemple une courte phrase.`,
    passwordCount: "{count} caractères sur {min}",
    passwordChecking: "Longueur suffisante. Vérification en cours…",
    passwordGood: "Bien, ce mot de passe convient.",
    failed: "Le serveur est injoignable. Votre saisie est toujours là : réessayez.",
    showPassword: "Afficher le mot de passe",
    hidePassword: "Masquer le mot de passe",
    existingPassword: "Votre mot de passe",
    existingPasswordHelp: (account) =>
      `Vous avez déjà un compte. Saisissez son mot de passe pour y ajouter l’accès à ${account}.`,
    signedInAs: (name, account) =>
      `Votre session est ouverte sous le nom ${name}. L’accès à ${account} sera ajouté à votre compte.`,
    termsOfService: "conditions d’utilisation",
    acceptTerms: (terms, reseller, version) => [
      "J’accepte les ",
      terms,
      reseller ? ` définies par ${reseller} (version ${version}).` : ` (version ${version}).`,
    ],
    create: "Créer le compte",
    accept: "Accepter l’invitation",
  },

  linkStates: {
    signIn: "Se connecter",
    signOutAndContinue: "Se déconnecter et continuer",
    goToAccount: "Accéder à votre compte",
    sendNewLink: "Recevoir un nouveau lien",
    sendLinkAgain: "Recevoir à nouveau le dernier lien",
    purged: {
      title: "Ce lien ne fonctionne plus",
      text: (reseller) =>
        `L’invitation a pris fin et ses données personnelles ont été supprimées. Demandez une nouvelle invitation à ${reseller}.`,
    },
    wrong_user: {
      title: "Vous utilisez un autre compte",
      text: (address, name, email) =>
        `Cette invitation est destinée à ${address}, mais votre session est ouverte sous le nom ${name} (${email}). Rien n’a été modifié.`,
    },
    email_changed: {
      title: "L’adresse de cette invitation a changé",
      text: (sender) => `Ce lien ne fonctionne donc plus. S’il s’agit d’une erreur, contactez ${sender}.`,
    },
    suspended: {
      title: "Momentanément indisponible",
      text: (reseller) =>
        `Les comptes ${reseller} sont momentanément indisponibles : ce lien ne fonctionne pas pour l’instant. Réessayez plus tard ou utilisez les coordonnées ci-dessous.`,
    },
    superseded: {
      title: "Il existe un lien plus récent",
      text: (address, sentAt, reseller) => [
        `Un lien plus récent a été adressé à ${address} (`,
        sentAt,
        `). Ouvrez le dernier e-mail envoyé par ${reseller} et utilisez le lien qu’il contient.`,
      ],
    },
    expired: {
      title: "Ce lien a expiré",
      text: (expiredOn, address, sender) => [
        "Il était valable jusqu’au ",
        expiredOn,
        ` ; nous pouvons en envoyer un nouveau à ${address}, l’adresse indiquée par ${sender}.`,
      ],
    },
    accepted: {
      title: "Vous avez déjà rejoint ce compte",
      text: (account) => `Vous avez accepté cette invitation pour ${account} et votre session est ouverte.`,
    },
    leftAccount: {
      title: "Vous ne faites plus partie de ce compte",
      text: (account) =>
        `Vous avez accepté cette invitation, mais vous n’avez plus accès au compte ${account}. Demandez une nouvelle invitation à un Admin du compte.`,
    },
    acceptedByOther: {
      text: (account, address, name, email) =>
        `Cette invitation pour ${account} a été acceptée avec l’adresse ${address}, mais votre session est ouverte sous le nom ${name} (${email}).`,
    },
    acceptedSignedOut: {
      title: "Vous avez déjà un compte",
      text: (account, address) =>
        `Cette invitation pour ${account} a été acceptée. Connectez-vous avec l’adresse à laquelle elle a été envoyée : ${address}.`,
    },
    revoked: {
      title: "Cette invitation a été annulée",
      text: (sender) => `Son lien ne fonctionne plus. Si vous ne vous y attendiez pas, contactez ${sender}.`,
    },
    declined: {
      title: "Cette invitation a été refusée",
      text: (sender) =>
        `On nous a signalé qu’elle n’était pas destinée à la personne qui l’a reçue. Si vous souhaitez tout de même l’accepter, demandez à ${sender} de vous la renvoyer.`,
    },
  },

  emailCode: {
    willSend: (sender, address) =>
      `${sender} vous a envoyé une invitation. Pour vérifier que cette adresse est bien la vôtre, nous allons d’abord envoyer un code à six chiffres à ${address}.`,
    sent: (sender, address) =>
      `${sender} vous a envoyé une invitation. Pour vérifier que cette adresse est bien la vôtre, nous envoyons un e-mail à ${address}. Saisissez le code à six chiffres qu’il contient. S’il contient un lien à la place, ouvrez ce lien.`,
    label: "Code de vérification",
    help: (minutes) => `Il figure dans l’e-mail et reste valable ${minutes} minutes.`,
    submit: "Continuer",
    send: "Recevoir un code",
    sendAnother: "Recevoir un autre code",
    cooldown: "Un code vient d’être demandé. Consultez votre boîte de réception.",
    dailyLimit:
      "Nous ne pouvons plus envoyer de code pour cette invitation aujourd’hui. Cherchez l’e-mail le plus récent dans votre boîte de réception.",
    hourlyLimit: "Nous ne pouvons pas envoyer de code pour le moment.",
    retryIn: (wait) => `Vous pourrez en demander un autre dans ${wait}.`,
    suppressed:
      "Nous ne pouvons pas envoyer d’e-mail à cette adresse. Demandez à recevoir l’invitation à une autre adresse.",
  },

  renewal: {
    sentTitle: "Un nouveau lien est en route",
    sent: (address, reseller) =>
      `Nous l’envoyons à ${address}. Les liens précédents ne fonctionnent plus. Si vous ne le recevez pas, regardez dans vos courriers indésirables ou contactez ${reseller} (coordonnées ci-dessous).`,
    sentAgainTitle: "Le dernier lien est en route",
    sentAgain: (address, reseller) =>
      `Nous le renvoyons à ${address}. Si vous ne le recevez pas, regardez dans vos courriers indésirables ou contactez ${reseller} (coordonnées ci-dessous).`,
    notSentTitle: "Aucun lien pour le moment",
    suppressed: (address, reseller) =>
      `Nous ne pouvons pas envoyer d’e-mail à ${address} : un message précédent n’a pas pu être remis, ou quelqu’un nous a demandé de ne plus y écrire. Contactez ${reseller} (coordonnées ci-dessous).`,
    unavailable: (reseller) =>
      `Nous ne pouvons pas envoyer de nouveau lien pour cette invitation. Contactez ${reseller} (coordonnées ci-dessous).`,
    cooldown: "Nous venons de vous envoyer un lien. Consultez votre boîte de réception.",
    hourlyLimit: "Nous ne pouvons pas envoyer de lien pour le moment.",
    retryIn: (wait) => `Vous pourrez en demander un autre dans ${wait}.`,
  },

  decline: {
    title: "Vous n’êtes pas la bonne personne ?",
    text: (sender, contact, address) =>
      `${sender} a invité ${contact} à l’adresse ${address}. Si ce n’est pas vous, dites-le-nous : ${sender} n’enverra plus rien à cette adresse.`,
    someone: "quelqu’un",
    submit: "Cette invitation ne m’est pas destinée",
    doneTitle: "Merci",
    done: (sender, address) => `${sender} n’enverra plus rien à ${address}. Vous pouvez fermer cette page.`,
    expiredTitle: "Ce lien a expiré",
    expired: (sender) =>
      `L’invitation n’est plus valable : vous n’avez rien à faire. Pour ne plus recevoir d’e-mails envoyés par ${sender}, utilisez les coordonnées ci-dessous.`,
    acceptedTitle: "Cette invitation a été acceptée",
    accepted: (account, reseller) =>
      `Quelqu’un l’a acceptée pour ${account} avec cette adresse. Si ce n’est pas vous, contactez ${reseller} (coordonnées ci-dessous).`,
  },

  unsubscribe: {
    title: "Se désabonner",
    text: (sender, address) =>
      `${sender} ne doit plus rien envoyer à ${address} ? Le lien de votre invitation reste valable.`,
    submit: "Me désabonner",
    doneTitle: "Vous êtes désabonné",
    done: (sender, address) =>
      `${sender} n’enverra plus rien à ${address}, sauf à votre demande. Le lien de votre invitation reste valable.`,
  },

  signIn: {
    title: "Connexion",
    email: "Adresse e-mail",
    password: "Mot de passe",
    submit: "Se connecter",
    wrongCredentials: "Adresse e-mail ou mot de passe incorrect.",
    footer: "Votre entreprise décide qui peut se connecter.",
    forgotPassword: "Mot de passe oublié ?",
    signedOut: "Votre session a pris fin.",
    kept: "Reconnectez-vous pour retrouver votre saisie.",
    signedInAgain:
      "Vous avez rouvert votre session. Rien n’a encore été modifié ni envoyé. Vérifiez votre saisie et envoyez-la à nouveau.",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account) => `${account} · bac à sable`,
    notice: "Bac à sable : c’est un environnement de test, dont aucun e-mail ne sort.",
    signIn: "Vous vous connectez à un bac à sable, qui sert aux tests.",
    signInAddress: (address) => `Pour vous reconnecter ici, saisissez ${address} comme adresse e-mail.`,
  },

  failures: {
    offline: "Vous êtes hors ligne. Vérifiez votre connexion, puis réessayez.",
    unreachable: "La connexion a échoué. Réessayez.",
    timeout: "Cela prend trop de temps. Réessayez.",
    stale: "Cette page ne peut pas être actualisée pour le moment. Nous continuons d’essayer.",
    tryAgain: "Réessayer",
    signedOutInForm:
      "Vous avez été déconnecté. Vous pouvez continuer : à l’envoi du formulaire, vous vous reconnecterez et votre saisie sera conservée.",
  },

  copying: {
    copy: "Copier",
    copyName: (name: string) => `Copier ${name}`,
    copied: "Copié",
    press: (keys: string) => `Appuyez sur ${keys} pour copier.`,
  },

  errorPage: {
    requestId: (id) => `Si vous nous contactez, indiquez cet identifiant de requête : ${id}`,
    home: "Retour à l’accueil",
    backToInvite: "Revenir à l’invitation",
    insecure: {
      title: "Connexion non sécurisée",
      detail: "Ouvrez cette page avec https:// dans un navigateur à jour, puis saisissez à nouveau vos données.",
    },
    badForm: {
      title: "Formulaire illisible",
      detail: "Nous n’avons pas pu lire ce formulaire. Rechargez la page et réessayez.",
    },
    formTooLarge: {
      title: "Formulaire trop volumineux",
      detail:
        "Ce formulaire dépasse la limite de 64 Ko et 200 champs. Revenez en arrière, raccourcissez-le, puis renvoyez-le. Rien n’a été modifié.",
    },
    urlTooLong: {
      title: "Adresse trop longue",
      detail: "L’adresse de cette page est trop longue. Vérifiez que vous l’avez bien copiée.",
    },
    headersTooLarge: {
      title: "Requête trop volumineuse",
      detail:
        "Votre navigateur a envoyé trop de données avec cette requête. Supprimez les cookies de ce site et réessayez.",
    },
    internal: {
      title: "Une erreur s’est produite",
      detail: "Une erreur s’est produite de notre côté. Réessayez dans un instant.",
    },
  },

  problems: {
    not_found: { title: "Introuvable", detail: "Cet élément n’existe pas, ou vous n’y avez pas accès." },
    forbidden: {
      title: "Action non autorisée",
      detail: "Votre rôle ne le permet pas. Adressez-vous à un Admin de votre entreprise.",
    },
    invalid_cursor: {
      title: "Page inconnue",
      detail: "Cette page de la liste n’existe pas. Reprenez à partir de la première.",
    },
    invite_not_pending: {
      title: "Invitation close",
      detail: () => "Cette invitation n’est plus en attente : vous ne pouvez plus la révoquer ni en copier le lien.",
    },
    invite_not_resendable: {
      title: "Invitation close",
      detail: () => "Cette invitation ne peut plus être ni modifiée ni renvoyée.",
    },
    newer_invite_pending: {
      title: "Invitation plus récente",
      detail: "Une invitation plus récente est en attente pour cette adresse. Renvoyez plutôt cette dernière.",
    },
    email_suppressed: {
      title: "Pas d’e-mail à cette adresse",
      detail: "Nous n’envoyons pas d’e-mail à cette adresse. Utilisez-en une autre.",
      wayOut: (edit) => `Ouvrez l’invitation et choisissez « ${edit} ».`,
    },
    resend_cooldown: { title: "Trop d’e-mails", detail: "Cette invitation vient d’être envoyée." },
    resend_daily_limit: {
      title: "Trop d’e-mails",
      detail: "Cette invitation ne peut plus être renvoyée aujourd’hui : la limite quotidienne est atteinte.",
    },
    email_hourly_limit: {
      title: "Trop d’e-mails",
      detail: "Vous avez atteint la limite d’e-mails d’invitation par heure.",
    },
    busy: { title: "Service très sollicité", detail: "Nous ne pouvons pas vérifier les mots de passe pour le moment." },
    guess_limit: {
      title: "Trop de tentatives",
      detail: "Trop de mots de passe ou de codes incorrects ont été saisis.",
    },
    request_limit: {
      title: "Trop de formulaires",
      detail: "Nous avons reçu trop de formulaires depuis votre réseau. Patientez une minute et réessayez.",
    },
    email_change_cooldown: {
      title: "Trop d’e-mails",
      detail: "Vous venez de demander un changement d’adresse.",
    },
    version_conflict: {
      title: "Modifié entre-temps",
      detail:
        "Quelqu’un a fait des modifications depuis que vous avez ouvert cette page. Rechargez-la et refaites les vôtres.",
    },
    already_resent: {
      title: "Invitation déjà renvoyée",
      detail: "Quelqu’un d’autre vient de renvoyer cette invitation.",
    },
    invite_not_ended: {
      title: "Invitation toujours en attente",
      detail: "Cette invitation est toujours en attente. Révoquez-la d’abord ou attendez qu’elle expire.",
    },
    revocation_final: {
      title: "Annulation impossible",
      detail:
        "La révocation peut être annulée pendant une minute, sauf si la personne a rejoint le compte entre-temps. Créez une nouvelle invitation.",
    },
    last_admin: {
      title: "Au moins un Admin",
      detail: "Personne d’autre n’a le rôle Admin. Attribuez-le d’abord à quelqu’un d’autre.",
    },
    reseller_suspended: {
      title: "Accès suspendu",
      detail: (name) =>
        `L’accès aux comptes ${name} est suspendu : personne ne peut s’y connecter. Contactez l’exploitant de ce service.`,
    },
    passkey_limit: {
      title: "Trop de clés d’accès",
      detail: (limit) => `Vous avez déjà ${limit} clés d’accès, le maximum. Supprimez-en une d’abord.`,
    },
    no_factors: { title: "Aucun second facteur", detail: "Cette personne n’a pas de second facteur." },
    sessions_shared: {
      title: "Membre d’autres comptes",
      detail:
        "Cette personne fait aussi partie d’autres comptes : vous ne pouvez pas fermer toutes ses sessions. Retirez-la de ce compte pour lui en couper l’accès immédiatement, ou demandez-lui de fermer ses autres sessions dans son profil.",
    },
    factors_shared: {
      title: "Membre d’autres comptes",
      detail:
        "Cette personne fait aussi partie d’autres comptes : seul l’exploitant du service peut réinitialiser son second facteur.",
    },
    no_active_account: {
      title: "Aucun compte",
      detail:
        "Vous ne faites plus partie d’aucun compte : soit vous avez quitté le vôtre, soit un Admin a supprimé votre accès. Demandez une nouvelle invitation à un Admin.",
    },
    wrong_account: {
      title: "Autre compte",
      detail:
        "Ce formulaire concernait un compte qui n’est pas celui de votre session, ou dont vous ne faites plus partie. Rien n’a été modifié.",
    },
  },
  retry: {
    in: (wait) => `Réessayez dans ${wait}.`,
    nothingSent: "Rien n’a été envoyé.",
    nothingChanged: "Rien n’a été modifié.",
    remaining: (count) =>
      count === 0
        ? "Vous ne pouvez plus la renvoyer aujourd’hui."
        : `Vous pouvez encore la renvoyer ${count} fois aujourd’hui.`,
  },

  fieldLabels: {
    contact_name: "Nom",
    contact_email: "Adresse e-mail",
    role: "Rôle",
    note: "Message",
    locale: "Langue",
    expires_in_days: "Durée de validité",
  },
  fieldErrors: {
    required: {
      name: "Saisissez votre nom.",
      email: "Saisissez votre adresse e-mail.",
      password: "Saisissez un mot de passe.",
      current_password: "Saisissez votre mot de passe actuel.",
      accept_terms: "Pour continuer, acceptez les conditions d’utilisation.",
      code: "Saisissez les six chiffres reçus par e-mail.",
      contact_name: "Saisissez le nom de la personne.",
      contact_email: "Saisissez l’adresse à laquelle envoyer l’invitation.",
      role: "Choisissez un rôle.",
      locale: "Choisissez une langue.",
    },
    invalid: {
      name: "Choisissez un nom plus court.",
      email: "Saisissez une adresse e-mail, par exemple nom@entreprise.fr.",
      password: "Choisissez un mot de passe plus court.",
      accept_terms: "Pour continuer, acceptez les conditions d’utilisation.",
      code: "Saisissez les six chiffres reçus par e-mail.",
      contact_name: "Saisissez un nom plus court.",
      contact_email: "Saisissez une adresse e-mail, par exemple nom@entreprise.fr.",
      time_zone: "Saisissez le nom d’un fuseau horaire, par exemple Europe/Paris.",
      role: "Choisissez un rôle.",
      locale: "Choisissez une langue.",
      note: "Raccourcissez le message.",
    },
    too_long: (max) => `${max} caractères au maximum.`,
    password_too_short: (min) => `Au moins ${min} caractères. Une courte phrase convient très bien.`,
    password_too_long: (max) => `${max} caractères au maximum.`,
    password_common: (word) =>
      word
        ? `« ${word} » est l’un des premiers mots essayés lors d’une attaque. Ajoutez quelques mots de votre choix.`
        : "Ce mot de passe est trop facile à deviner. Une courte phrase convient très bien.",
    password_contains_name: (word) =>
      `Ce mot de passe se réduit presque à des noms que d’autres connaissent${word ? `, comme « ${word} »` : ""}. Ajoutez quelques mots de votre choix.`,
    password_changed_often:
      "Vous avez déjà changé votre mot de passe plusieurs fois aujourd’hui. Réinitialisez-le par e-mail ou réessayez demain.",
    wrong_password: "Ce n’est pas le mot de passe de votre compte.",
    passkey_refused: "Cette clé d’accès n’a pas fonctionné. Réessayez ou utilisez un mot de passe.",
    account_exists: "Vous avez déjà un compte. Saisissez son mot de passe pour accepter l’invitation.",
    terms_changed:
      "Les conditions d’utilisation ont changé depuis que vous avez ouvert cette page. Lisez-les et acceptez-les à nouveau.",
    code_expired: "Ce code n’est plus valable. Demandez-en un autre.",
    wrong_code: (attemptsLeft) => {
      if (attemptsLeft === 0)
        return "Ce n’est pas le bon code, et c’était votre dernière tentative. Demandez-en un autre."
      return `Ce n’est pas le bon code. Il vous reste ${counted(attemptsLeft, "tentative", "tentatives")}.`
    },
    email_several: "Saisissez une seule adresse.",
    email_quoted:
      "Notre service d’envoi n’accepte pas les adresses avec des guillemets avant le @. Utilisez une autre adresse.",
    email_letters:
      "Notre service d’envoi n’accepte, avant le @, ni lettres accentuées ni lettres d’autres alphabets. Utilisez une autre adresse.",
    email_local_part:
      "Vérifiez ce qui précède le @ : pas d’espace, de parenthèse, de crochet, de virgule, de deux-points ni d’autre @, pas de point au début ni à la fin, ni de points consécutifs.",
    email_local_part_too_long: (max) => `${max} caractères au maximum avant le @.`,
    email_domain: "Le domaine indiqué après le @ ne peut pas exister. Vérifiez votre saisie.",
    not_visible: "Saisissez au moins un caractère visible.",
    phone_extension: "Saisissez le numéro seul, sans numéro de poste.",
    invite_pending: (name) => `Une invitation à cette adresse est déjà en attente pour ${name}.`,
    already_member: (name) => `${name} a déjà rejoint le compte avec cette adresse.`,
    email_suppressed: "Nous n’envoyons pas d’e-mail à cette adresse. Utilisez-en une autre.",
    email_unchanged: "C’est déjà l’adresse de cette invitation. Utilisez-en une autre.",
    openInvite: "Ouvrir l’invitation",
    showPerson: "Voir sa fiche",
  },

  account: {
    welcome: (name) => `Bienvenue, ${name}`,
    intro: (account, reseller, role) => [
      "Voici le compte ",
      account,
      ` chez ${reseller}. Vous y avez le rôle ${role}.`,
    ],
    adminIntro: "Vous pouvez inviter des collègues et choisir leur rôle.",
  },

  people: {
    members: "Membres",
    you: "(vous)",
    joined: (joinedAt) => ["inscription : ", joinedAt],
    joinOrder: "Par ordre d’inscription",
    invited: "Invitations en cours",
    change: "Modifier",
    leave: "Quitter",
    invite: "Inviter quelqu’un",
    inviteSent: (name) => `L’invitation destinée à ${name} est en route.`,
    roleChanged: "Modification enregistrée. Le nouveau rôle prend effet immédiatement.",
    removed: "Cette personne ne fait plus partie du compte et n’y a plus accès.",
  },

  person: {
    region: "Fiche",
    email: "Adresse e-mail",
    role: "Rôle",
    joined: "Inscription",
    youAreLastAdmin: (account) =>
      `Personne d’autre que vous n’a le rôle Admin dans le compte ${account} : vous ne pouvez ni abandonner ce rôle ni quitter le compte. Attribuez-le d’abord à quelqu’un d’autre.`,
    isLastAdmin: (name, account) =>
      `${name} est la seule personne à avoir le rôle Admin dans le compte ${account} : il est impossible de changer son rôle ou de lui retirer l’accès. Attribuez d’abord ce rôle à quelqu’un d’autre.`,
    saveRole: "Enregistrer le rôle",
    leaveTitle: (account) => `Quitter le compte ${account}`,
    leaveText: "Vous perdez immédiatement l’accès. Un Admin pourra vous inviter à nouveau.",
    leave: "Quitter",
    removeTitle: (account) => `Retirer du compte ${account}`,
    removeText: (name) => `${name} perd immédiatement l’accès. Vous pourrez à nouveau inviter cette personne.`,
    remove: "Retirer",
  },

  inviteForm: {
    title: "Inviter quelqu’un",
    name: "Nom",
    email: "Adresse e-mail",
    emailHelp: "L’invitation sera envoyée à cette adresse.",
    role: "Rôle",
    language: "Langue",
    languageHelp: "Pour tous les e-mails et toutes les pages de cette invitation.",
    note: "Message (facultatif)",
    noteHelp: (max) => `Texte brut, ${max} caractères au maximum. Il figurera dans l’e-mail.`,
    send: "Envoyer l’invitation",
    createWithoutEmail: "Créer sans e-mail",
    withoutEmailHelp: "Sans e-mail, c’est à vous de copier le lien d’inscription et de le transmettre.",
  },

  editInvite: {
    title: "Modifier l’invitation",
    titleResend: "Modifier et renvoyer",
    save: "Enregistrer",
    sentEmailHelp:
      "Si vous changez l’adresse, l’invitation y sera envoyée avec un nouveau lien. Les liens précédents ne fonctionneront plus.",
    unsentEmailHelp: "Si vous changez l’adresse, les liens déjà copiés ne fonctionneront plus.",
    conflict:
      "Quelqu’un a modifié cette invitation depuis que vous avez ouvert le formulaire. Voici votre version. Enregistrez-la à nouveau pour remplacer l’autre.",
    otherDetails: "Autres informations",
    sameAddressTitle: "L’adresse est-elle correcte ?",
    sameAddressText: (address) => `Dans ce cas, renvoyez l’invitation à ${address}.`,
    allowText: (name) =>
      `N’envoyez l’invitation que si ${name} vous l’a demandé. Cette adresse recevra alors à nouveau vos e-mails.`,
    allowAndResend: "Autoriser les e-mails et renvoyer",
  },

  copyLink: {
    title: "Lien d’inscription",
    forPerson: (name) => `Pour ${name}`,
    help: (expiresOn, name, email, minutes) => [
      "Le lien est valable jusqu’au ",
      expiresOn,
      ` ; pour s’en servir, il faut saisir un code que nous envoyons à ${email} et qui est valable ${minutes} minutes. Ainsi, seule la personne invitée, ${name}, peut l’utiliser. Les liens envoyés par e-mail continuent de fonctionner.`,
    ],
    done: "Terminé",
  },

  invite: {
    region: "Détails de l’invitation",
    timeline: "Historique",
    contact: "Contact",
    email: "Adresse e-mail",
    days: (days) => counted(days, "jour", "jours"),
    invited: "Date de création",
    copyLink: "Copier le lien",
    edit: "Modifier",
    editAndResend: "Modifier et renvoyer",
    resend: "Renvoyer l’invitation",
    send: "Envoyer l’invitation",
    resendIn: (time) => `Renvoyer dans ${time}`,
    toPerson: (name) => `à ${name}`,
    inviteTo: (name) => `l’invitation à ${name}`,
    revoke: "Révoquer",
    revokeLabel: (name) => `Révoquer l’invitation envoyée à ${name}`,
    undo: "Annuler",
    flashes: {
      resent: (to) => `L’invitation destinée à ${to} est en route, avec un nouveau lien.`,
      revoked: (to) => `L’invitation destinée à ${to} est révoquée.`,
      restored: (to) => `L’invitation destinée à ${to} est de nouveau en attente. Son lien fonctionne à nouveau.`,
      created: (to) =>
        `L’invitation destinée à ${to} est créée. Aucun e-mail n’a été envoyé : copiez le lien et transmettez-le vous-même.`,
      saved: (to) => `L’invitation destinée à ${to} est enregistrée. Les liens existants continuent de fonctionner.`,
      addressChanged: (to) =>
        `L’invitation destinée à ${to} est enregistrée. Les liens déjà copiés ne fonctionnent plus : copiez-en un nouveau.`,
      unchanged: "Rien n’a été modifié ni envoyé.",
    },
  },

  inviteStatuses: {
    pending: "En attente",
    accepted: "Acceptée",
    expired: "Expirée",
    revoked: "Révoquée",
    declined: "Refusée",
  },
  emailStatuses: {
    queued: "Envoi en cours",
    sent: "Envoyé",
    delivered: "Remis",
    deferred: "Retardé",
    bounced: "Non remis",
    complained: "Signalé comme indésirable",
    failed: "Non envoyé",
  },
  emailErrors: {
    suppressed: "Nous n’envoyons pas d’e-mail à cette adresse",
    exhausted: "L’envoi a échoué à plusieurs reprises",
    no_mailbox: "Cette boîte aux lettres n’existe pas",
    no_domain: "Ce domaine n’existe pas",
    no_mail_domain: "Ce domaine n’accepte pas d’e-mails",
    mailbox_disabled: "Cette boîte aux lettres est désactivée",
    mailbox_full: "Cette boîte aux lettres est pleine",
    rejected: "Refusé par le serveur du destinataire",
    try_later: "Le serveur du destinataire demande de réessayer plus tard",
    waiting: "Nous ne pouvons pas envoyer d’e-mail pour le moment et réessayons",
    held: "Retenu après une restauration, car il a peut-être déjà été envoyé",
  },
  statusLine: {
    notEmailed: "Aucun e-mail envoyé",
    timesSent: (count) => `${count} envois`,
    expires: (expiresOn) => ["expire le ", expiresOn],
    expired: (expiredAt) => ["Expiration : ", expiredAt],
    joined: (joinedAt) => ["Inscription : ", joinedAt],
    opened: (openedAt) => ["lien ouvert : ", openedAt],
    sent: (sentAt) => ["envoi : ", sentAt],
    revoked: "Lien désactivé",
    declined: "Refusée par la personne invitée",
  },

  timeline: {
    actions: {
      "invite.created": "Invitation créée",
      "invite.sent": "E-mail envoyé à",
      "invite.failed": "E-mail non envoyé :",
      "invite.delivered": "E-mail remis",
      "invite.deferred": "E-mail retardé :",
      "invite.bounced": "E-mail non remis :",
      "invite.complained": "E-mail signalé comme indésirable",
      "invite.updated": "Invitation modifiée :",
      "invite.billing_changed": "Compte de facturation modifié",
      "invite.link_issued": "Lien copié",
      "invite.code_sent": "Code demandé avec un lien copié pour",
      "invite.form_started": "Saisie du formulaire commencée",
      "invite.link_repeated": "À la demande de la personne invitée, dernier lien renvoyé à",
      "invite.reminded": "Rappel envoyé",
      "invite.advanced": "Avancée dans le temps",
      "invite.opened": "Lien ouvert",
      "invite.declined": "Invitation refusée",
      "invite.unsubscribed": "Désabonnement",
      "invite.resent": "Nouveau lien envoyé à",
      "invite.revoked": "Invitation révoquée",
      "invite.restored": "Révocation annulée",
      "invite.expired": "Invitation expirée",
      "invite.accepted": "Invitation acceptée",
      "invite.purged": "Données personnelles supprimées",
      "invite.code_refused": "Code erroné saisi",
      "invite.sign_in_failed": "Échec de connexion avec le lien",
      "invite.limit_reached": "Limite de tentatives atteinte",
    },
    renewed: "À la demande de la personne invitée, nouveau lien envoyé à",
    noValue: "vide",
    system: "Système",
    theContact: "La personne invitée",
    contact: (name) => `${name} (personne invitée)`,
    member: (name) => `${name} (membre)`,
  },

  privacy: {
    purgedInvite: "Contact supprimé",
    purged: (when) => ["Les données personnelles de cette invitation ont été supprimées (", when, ")."],
    purgeTitle: "Supprimer les données personnelles",
    purgeText:
      "Supprime définitivement le nom, l’adresse, le message et les e-mails de cette invitation. Elle continue de figurer, sans ces données, dans les listes et les totaux.",
    purge: "Supprimer les données",
    personTitle: "Retirer l’accès et supprimer les données personnelles",
    personText:
      "Supprime aussi le nom, l’adresse, le mot de passe et les sessions, sauf si la personne fait partie d’un autre compte. Les invitations en attente et celles d’autres entreprises conservent le nom et l’adresse jusqu’à leur suppression. Cette action est irréversible.",
    flashes: { purged: "Les données personnelles ont été supprimées." },
  },

  passwordReset: {
    title: "Mot de passe oublié ?",
    help: "Saisissez l’adresse e-mail avec laquelle vous vous connectez. Nous vous enverrons un lien pour choisir un nouveau mot de passe.",
    email: "Adresse e-mail",
    submit: "Recevoir un lien",
    back: "Retour à la connexion",
    sentTitle: "Consultez votre boîte de réception",
    sent: (address, minutes, waitMinutes) =>
      `S’il existe un compte pour l’adresse ${address}, nous y envoyons un lien, valable ${minutes} minutes. Si vous ne le recevez pas, regardez dans vos courriers indésirables. Après plusieurs demandes dans la même journée, nous envoyons le lien suivant ${waitMinutes} minutes après le dernier, qui reste valable.`,
    newTitle: "Choisissez un nouveau mot de passe",
    newHelp:
      "Dès que vous l’aurez enregistré, toutes vos sessions seront fermées. Connectez-vous ensuite avec le nouveau mot de passe.",
    newPassword: "Nouveau mot de passe",
    save: "Enregistrer le mot de passe",
    invalidTitle: "Ce lien n’est plus valable",
    invalid: (minutes) =>
      `Un lien ne peut servir qu’une fois, pendant ${minutes} minutes, et seulement tant que ni le mot de passe ni l’adresse ne changent.`,
    askAgain: "Recevoir un nouveau lien",
    done: "Votre mot de passe a été modifié. Connectez-vous avec le nouveau.",
  },

  profile: {
    title: "Votre profil",
    name: {
      title: "Nom",
      label: "Votre nom",
      save: "Enregistrer le nom",
      saved: "Votre nom a été modifié.",
    },
    preferences: {
      title: "Préférences",
      themeLabel: "Thème",
      themes: { system: "Système", light: "Clair", dark: "Sombre" },
      timeZone: "Fuseau horaire",
      automatic: "Automatique (celui de votre navigateur)",
      timeZoneHelp: "Pour toutes les heures de vos pages, par exemple Europe/Paris.",
      save: "Enregistrer",
      saved: "Vos préférences ont été enregistrées.",
    },
    password: {
      title: "Mot de passe",
      current: "Mot de passe actuel",
      new: "Nouveau mot de passe",
      help: (min) => `Au moins ${min} caractères. Le changement ferme toutes vos autres sessions.`,
      save: "Changer le mot de passe",
      saved: "Votre mot de passe a été modifié et vos autres sessions ont été fermées.",
      none: "Vous n’avez pas de mot de passe : vous vous connectez avec une clé d’accès.",
      add: "Ajouter un mot de passe",
    },
    email: {
      title: "Adresse e-mail",
      current: (address) => `Vous vous connectez avec l’adresse ${address}.`,
      label: "Nouvelle adresse e-mail",
      help: "Nous enverrons un lien à chacune des deux adresses. Le changement prendra effet dès que vous aurez confirmé les deux.",
      save: "Changer l’adresse",
      requested: "Nous envoyons un lien à chacune des deux adresses. Ouvrez les deux pour confirmer le changement.",
      waiting: (address) =>
        `Pour adopter l’adresse ${address}, confirmez le changement avec les deux liens que nous avons envoyés.`,
      confirmedCurrent: "Confirmé à votre adresse actuelle.",
      confirmedNew: "Confirmé à la nouvelle adresse.",
      cancel: "Annuler le changement",
      cancelled: "Changement annulé. Vous gardez votre adresse.",
    },
    sessions: {
      title: "Vos sessions",
      current: "Cette session",
      device: (browser, system) => `${browser} sur ${system}`,
      unknownDevice: "Appareil inconnu",
      unknownPlace: "Lieu inconnu",
      near: (place) => `Lieu approximatif : ${place}`,
      lastUsed: (day) => ["Dernière utilisation : ", day],
      signOut: "Fermer la session",
      signOutOthers: "Fermer toutes les autres sessions",
      ended: "La session a été fermée.",
      othersEnded: "Toutes vos autres sessions ont été fermées.",
      help: (days) => `Une session se ferme au plus tard au bout de ${days} jours.`,
    },
  },

  personSessions: {
    title: "Sessions ouvertes",
    text: (name) => `Fermez toutes les sessions ouvertes par ${name}, par exemple après la perte d’un appareil.`,
    submit: "Fermer toutes les sessions",
    ended: "Les sessions ont été fermées sur tous les appareils.",
  },

  emailChange: {
    title: "Confirmez votre adresse e-mail",
    text: (address, platform) => `Confirmez pour vous connecter désormais à ${platform} avec l’adresse ${address}.`,
    submit: "Confirmer",
    waitingTitle: "Encore un lien",
    waiting: {
      current: (address) => `C’est confirmé. Ouvrez maintenant le lien que nous avons envoyé à ${address}.`,
      new: "C’est confirmé. Ouvrez maintenant le lien que nous avons envoyé à votre adresse actuelle.",
    },
    changedTitle: "Votre adresse a été modifiée",
    changed: (address) => `Vous vous connectez désormais avec l’adresse ${address}.`,
    takenTitle: "Cette adresse ne peut pas être utilisée",
    taken: "Un autre compte utilise désormais cette adresse. La vôtre reste inchangée.",
    invalidTitle: "Ce lien n’est plus valable",
    invalid: (hours) =>
      `Un lien est valable ${hours} heures. Il cesse de l’être dès que le changement est effectué ou annulé, ou que le mot de passe change.`,
    signIn: "Aller à la connexion",
  },

  securityNotices: {
    password_changed: "votre mot de passe a été modifié",
    password_reset: "votre mot de passe a été réinitialisé avec un lien reçu par e-mail",
    email_changed: "votre adresse e-mail a été modifiée",
    passkey_added: "une clé d’accès a été ajoutée à votre compte",
    passkey_removed: "une clé d’accès a été supprimée de votre compte",
    authenticator_added: "une application d’authentification a été configurée pour votre compte",
    authenticator_removed: "l’application d’authentification a été supprimée de votre compte",
    recovery_codes_created: "de nouveaux codes de récupération ont été créés pour votre compte",
    factors_reset:
      "vos clés d’accès, votre application d’authentification et vos codes de récupération, signalés comme perdus, ont été supprimés",
  },

  securityAdvice: {
    choosePassword:
      "Si c’est bien vous, vous n’avez rien à faire. Sinon, choisissez immédiatement un nouveau mot de passe :",
    changedAddress: (platform) =>
      `Cette adresse ne permet plus de se connecter (service : ${platform}). Si c’est bien vous, vous n’avez rien à faire. Sinon, quelqu’un peut lire vos e-mails : changez le mot de passe de votre messagerie, puis demandez à un Admin de votre compte de vous retirer et de vous inviter à nouveau.`,
  },

  secondFactor: {
    title: "Deuxième étape",
    intro: "Votre mot de passe est correct. Confirmez maintenant votre identité.",
    code: "Votre code",
    codeHelp: "Six chiffres de votre application d’authentification, ou l’un de vos codes de récupération.",
    recoveryCodeHelp: "L’un de vos codes de récupération.",
    submit: "Se connecter",
    usePasskey: "Utiliser une clé d’accès",
    passkeyFailed: "Cette clé d’accès n’a pas fonctionné. Réessayez.",
    passkeyFailedAtSignIn:
      "La connexion avec cette clé d’accès n’a pas fonctionné. Réessayez ou saisissez votre mot de passe.",
    wrongCode: "Ce code est incorrect ou a déjà été utilisé.",
    lastAttempt: "C’était votre dernière tentative. Connectez-vous à nouveau.",
    expired: "Le délai est dépassé. Saisissez à nouveau votre mot de passe.",
    startOver: "Recommencer",
    lost: "Vous avez perdu votre appareil ? Saisissez un code de récupération. Si vous n’en avez pas, un Admin de votre compte peut réinitialiser votre second facteur.",
  },

  confirmIdentity: {
    title: "Confirmez votre identité",
    intro:
      "Votre dernière connexion remonte à un certain temps. Confirmez votre identité avant de faire cette modification.",
    kept: "Rien n’a encore été modifié, et votre saisie est conservée.",
    password: "Mot de passe",
    submit: "Confirmer",
    wrongPassword: "Ce n’est pas votre mot de passe.",
    confirmedTitle: "Encore une étape",
    confirmed: "Merci. Rien n’a encore été modifié : continuez pour appliquer votre modification.",
    continue: "Continuer",
    cancel: "Annuler",
  },

  factors: {
    requiredTitle: "Protégez votre compte",
    requiredIntro: (account) =>
      `${account} exige une deuxième étape à la connexion. Pour continuer, configurez l’une des deux méthodes suivantes : une minute suffit.`,
    intro: "Ajoutez une deuxième étape à la connexion : ainsi, un mot de passe volé ne suffira plus.",
    done: "Terminé",
    cancel: "Annuler",
    remove: "Supprimer",
    changed: "Modification enregistrée. Vos autres sessions ont été fermées.",
    othersSignedOut:
      "Quand vous changez de méthode de connexion, nous fermons toutes vos autres sessions et vous prévenons par e-mail.",
    passkeys: {
      title: "Clés d’accès",
      text: "Connectez-vous avec votre empreinte digitale, votre visage ou le verrouillage de l’écran. Une clé d’accès remplace le mot de passe et la deuxième étape.",
      none: "Vous n’avez pas encore de clé d’accès.",
      add: "Ajouter une clé d’accès",
      name: "Nom",
      nameHelp: "Pour distinguer vos clés d’accès : par exemple, le nom de l’appareil.",
      create: "Créer la clé d’accès",
      unsupported: "Pour utiliser une clé d’accès, il faut un navigateur compatible où JavaScript est activé.",
      refused: "Cette clé d’accès n’a pas pu être ajoutée. Réessayez.",
      added: (addedAt) => ["ajout : ", addedAt],
      used: (usedAt) => ["dernière utilisation : ", usedAt],
      neverUsed: "jamais utilisée",
      confirmRemove: (name) => `Supprimer la clé d’accès ${name} ? Elle ne vous permettra plus de vous connecter.`,
    },
    authenticator: {
      title: "Application d’authentification",
      text: "Une application de votre téléphone affiche un nouveau code toutes les 30 secondes. Il vous est demandé après votre mot de passe.",
      on: "Votre application d’authentification est configurée.",
      off: "Vous n’avez pas d’application d’authentification.",
      add: "Configurer une application",
      replace: "Configurer une autre application",
      scan: "Scannez ce code avec une application d’authentification.",
      qrCode: "Code QR pour votre application d’authentification",
      manual: "Ou saisissez cette clé dans l’application",
      code: "Code de l’application",
      codeHelp: "Les six chiffres affichés par l’application.",
      verify: "Activer",
      wrongCode: "Ce n’est pas le code affiché en ce moment par l’application. Vérifiez l’heure de votre téléphone.",
      confirmRemove: "Supprimer votre application d’authentification ? Ses codes ne vous seront plus demandés.",
    },
    recoveryCodes: {
      title: "Codes de récupération",
      text: "Chaque code sert une seule fois, à la place de votre application d’authentification ou de votre clé d’accès. Conservez-les en lieu sûr.",
      first: "Votre compte est prêt. Vous vous connectez avec votre clé d’accès.",
      shownOnce: "Enregistrez ces codes maintenant. Vous ne pourrez plus les afficher.",
      left: (count) =>
        count === 0 ? "Il ne vous reste aucun code." : `Il vous reste ${counted(count, "code", "codes")}.`,
      create: "Créer de nouveaux codes",
      copy: "Copier les codes",
    },
    reset: {
      title: "Second facteur",
      text: (name) =>
        `Si ${name} a perdu son appareil, supprimez ici ses clés d’accès, son application d’authentification et ses codes de récupération. Ses sessions seront fermées et son mot de passe suffira pour se reconnecter.`,
      submit: "Réinitialiser le second facteur",
      done: "Le second facteur a été supprimé. La personne concernée en est informée par e-mail.",
    },
  },

  registrationByPasskey: {
    create: "Créer le compte avec une clé d’accès",
    accept: "Accepter avec une clé d’accès",
    help: "Sans mot de passe : votre empreinte, votre visage ou le verrouillage de l’écran suffit.",
    or: "ou avec un mot de passe",
    cancelled: "Aucune clé d’accès n’a été créée. Réessayez ou choisissez un mot de passe.",
  },

  guessLimit: {
    sooner: (resetLink) => ["Une clé d’accès fonctionne toujours, et vous pouvez ", resetLink, "."],
    resetPassword: "réinitialiser votre mot de passe",
  },
} satisfies Messages
