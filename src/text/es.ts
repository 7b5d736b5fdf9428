import type { Messages } from "./en.ts"

// Neutral Spanish, for Spain and Latin America. Readers are addressed as `tú`, as Google, Stripe, Slack and Atlassian do. Words are those
// understood on both sides: agregar, escribir, enlace, expirar. The past is the preterite; `ha` only for a state that lasts.
// No sentence supposes the gender of a person: “alguien con el rol de Admin”, “la persona”.

export const es = {
  language: { code: "es", name: "Español", dates: "es", colon: ": ", space: " " },
  justNow: "hace un momento",

  phrases: {
    personOfCompany: (person, company) => `${person} de ${company}`,
    callUs: (phone) => ` o llámanos al ${phone}`,
    purpose: {
      customer: (company, reseller) => `configurar la cuenta de ${company} en ${reseller}`,
      staff: (_company, reseller) => `unirte al equipo de ${reseller}`,
      member: (company, reseller) => `unirte a la cuenta de ${company} en ${reseller}`,
    },
  },

  memberRoles: { admin: "Admin", member: "Miembro" },
  memberRoleDescriptions: {
    admin: "Invita a otras personas de la empresa y administra a los miembros.",
    member: "Ve quién forma parte de la cuenta.",
  },

  emails: {
    invite: {
      subject: "Tienes una invitación de {{reseller_name}}",
      preview: "{{inviter}} invita a {{company_name}}. El enlace es válido hasta el {{expires_on}}.",
      paragraphs: [
        "Hola, {{contact_name}}:",
        "Te invitamos a descubrir el portal de autoservicio de {{reseller_name}}, con tecnología de {{platform_name}}. ¡Prepárate para una conectividad elegante y automatizada, tal como esperas que sea la nube!",
        "Potencia tu red interna o tu backbone, conéctate a tus proveedores de nube y SaaS, enlázalos entre sí y crea con otras empresas, a través de nuestro marketplace, tu propio ecosistema privado y seguro.",
        "Para completar el registro, abre el enlace y crea tu cuenta. Después, ¡haz clic, crea y conecta!",
      ],
      linkLabel: "Conéctate aquí:",
      buttonLabel: "Crear mi cuenta",
      noteLabel: "Mensaje de {{inviter}}:",
      notes: [
        "El enlace es válido hasta el {{expires_on}}.",
        "{{inviter}} invitó a {{contact_email}} como contacto de {{company_name}}.",
        "¿Tienes preguntas? Responde a este correo{{support_line}}.",
      ],
      declineLabel: "Esta invitación no es para mí",
    },
    accountInvite: {
      subject: "{{inviter}} te invita a unirte a {{account_name}}",
      preview: "{{inviter}} te invita a {{purpose}}. El enlace es válido hasta el {{expires_on}}.",
      paragraphs: [
        "Hola, {{contact_name}}:",
        "{{inviter}} te invita a {{purpose}} con el rol de {{role}}. El servicio funciona con tecnología de {{platform_name}}.",
        "Abre el enlace para crear tu cuenta. Si ya tienes una, úsala para aceptar la invitación.",
      ],
      linkLabel: "Conéctate aquí:",
      buttonLabel: "Aceptar invitación",
      noteLabel: "Mensaje de {{inviter}}:",
      notes: [
        "El enlace es válido hasta el {{expires_on}}.",
        "{{inviter}} invitó a {{contact_email}}.",
        "¿Tienes preguntas? Responde a este correo{{support_line}}.",
      ],
      declineLabel: "Esta invitación no es para mí",
    },
    reminder: {
      subject: "Tu invitación de {{reseller_name}} expira el {{expires_on}}",
      preview: "El enlace es válido hasta el {{expires_on}}.",
      paragraphs: [
        "Hola, {{contact_name}}:",
        "{{inviter}} te invitó a {{purpose}}. El enlace de este correo es válido hasta el {{expires_on}}; después necesitarás una nueva invitación.",
      ],
      linkLabel: "Conéctate aquí:",
      buttonLabel: "Crear mi cuenta",
      notes: [
        "¿Tienes preguntas? Responde a este correo{{support_line}}.",
        "Este es el único recordatorio que te enviaremos.",
      ],
      declineLabel: "Esta invitación no es para mí",
    },
    verificationCode: {
      subject: "{{code}} es tu código",
      preview: "Es válido durante {{minutes}} minutos.",
      intro: "Alguien abrió tu invitación para {{purpose}}. Si fuiste tú, escribe este código:",
      notes: [
        "El código se puede usar una sola vez y expira a los {{minutes}} minutos.",
        "Si no fuiste tú, ignora este correo: sin el código, nadie puede continuar. No lo compartas. Nunca te lo pediremos.",
        "¿Tienes preguntas? Responde a este correo{{support_line}}.",
      ],
    },
    passwordReset: {
      subject: "Elige una nueva contraseña para {{platform_name}}",
      preview: "El enlace se puede usar una sola vez y expira a los {{minutes}} minutos.",
      paragraphs: [
        "Hola, {{name}}:",
        "Pediste cambiar tu contraseña de {{platform_name}}. Abre el enlace para elegir una nueva:",
      ],
      buttonLabel: "Elegir contraseña",
      notes: [
        "El enlace se puede usar una sola vez, durante los {{minutes}} minutos siguientes a tu solicitud. Al guardar la nueva contraseña, se cerrarán todas tus sesiones.",
        "Si no lo pediste tú, ignora este correo: tu contraseña seguirá siendo la misma.",
      ],
    },
    confirmCurrentEmail: {
      subject: "Confirma tu nuevo correo electrónico para {{platform_name}}",
      preview: "Nada cambiará hasta que lo confirmes aquí y en la nueva dirección.",
      paragraphs: [
        "Hola, {{name}}:",
        "Pediste usar {{new_email}} para iniciar sesión en {{platform_name}} a partir de ahora. Abre el enlace para confirmarlo. También enviamos un enlace a la nueva dirección: el cambio se aplicará cuando lo confirmes en ambas.",
      ],
      buttonLabel: "Confirmar el cambio",
      notes: [
        "El enlace es válido durante {{hours}} horas.",
        "Si no fuiste tú, no abras el enlace: alguien conoce tu contraseña. Elige una nueva en {{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "Confirma este correo electrónico para {{platform_name}}",
      preview: "Nada cambiará hasta que se confirme aquí y en la dirección actual.",
      paragraphs: [
        "Alguien pidió usar esta dirección de correo para iniciar sesión en {{platform_name}}. Si fuiste tú, abre el enlace para confirmarla. También enviamos un enlace a tu dirección actual: el cambio se aplicará cuando lo confirmes en ambas.",
      ],
      buttonLabel: "Confirmar la dirección",
      notes: ["El enlace es válido durante {{hours}} horas.", "Si no fuiste tú, ignora este correo."],
    },
    securityNotice: {
      subject: "Aviso de seguridad: {{event}}",
      preview: "Si no fuiste tú, actúa cuanto antes.",
      paragraphs: ["Hola, {{name}}:", "{{event}} el {{time}}.", "{{advice}}"],
      buttonLabel: "Elegir contraseña",
      notes: ["Enviamos este correo por tu seguridad; no es posible desactivarlo."],
    },
  },

  preview: {
    subject: "Asunto",
    from: "De",
    to: "Para",
    contactName: "Nombre del contacto",
    contactEmail: "nombre@empresa.com",
    companyName: "Nombre de la empresa",
    emails: "Correos",
    kinds: { invite: "Invitación", reminder: "Recordatorio" },
    plainText: "Texto sin formato",
  },

  layout: {
    skipToContent: "Ir al contenido",
    dismiss: "Cerrar",
    navigation: "Principal",
    account: "Cuenta",
    switchAccount: "Cambiar de cuenta",
    staffAccount: (reseller) => `${reseller} (equipo)`,
    customerAccount: (customer, reseller) => `${customer}, ${reseller}`,
    signOut: "Cerrar sesión",
    profile: "Tu perfil",
    questions: "¿Tienes preguntas?",
    poweredBy: (platform) => `Con tecnología de ${platform}`,
    next: "Siguiente →",
    previous: "← Anterior",
    newer: "← Más recientes",
    older: "Más antiguas →",
    newestFirst: "Las más recientes primero",
    cancel: "Cancelar",
  },

  invalidLink: {
    title: "Enlace incompleto",
    heading: "Este enlace está incompleto",
    copyWholeLink:
      "Algunos programas de correo cortan o dividen los enlaces largos. Vuelve al correo, copia el enlace entero, desde “https” hasta el último carácter, y pégalo en la barra de direcciones.",
    askForNewInvite: "Si sigue sin funcionar, responde al correo y pide una nueva invitación.",
  },

  registration: {
    setUp: (account) => `Configura la cuenta de ${account}`,
    join: (account) => `Únete a ${account}`,
    invitedYou: (sender) => `Te invita ${sender}.`,
    roleOf: {
      customer: "Tendrás el rol de Admin en la nueva cuenta y podrás invitar a otras personas de tu empresa.",
      staff: (reseller, role) => `Te unirás al equipo de ${reseller} con el rol de ${role}.`,
      member: (company, reseller, role) => `Te unirás a la cuenta de ${company} en ${reseller} con el rol de ${role}.`,
    },
    email: "Correo electrónico",
    name: "Tu nombre",
    password: "Contraseña",
    passwordHelp: (min) => `Usa ${min} caracteres o más, por ejemplo una frase corta.`,
    passwordCount: "{count} de {min} caracteres",
    passwordChecking: "Longitud suficiente. Comprobando…",
    passwordGood: "Bien, puedes usar esta contraseña.",
    failed: "No pudimos conectar con el servidor. Lo que escribiste sigue aquí: inténtalo de nuevo.",
    showPassword: "Mostrar contraseña",
    hidePassword: "Ocultar contraseña",
    existingPassword: "Tu contraseña",
    existingPasswordHelp: (account) =>
      `Ya tienes una cuenta. Escribe su contraseña para agregar ${account} a tus cuentas.`,
    signedInAs: (name, account) => `Iniciaste sesión como ${name}. ${account} se agregará a tus cuentas.`,
    termsOfService: "términos del servicio",
    acceptTerms: (terms, reseller, version) => [
      "Acepto los ",
      terms,
      reseller ? ` de ${reseller}, versión ${version}.` : `, versión ${version}.`,
    ],
    create: "Crear cuenta",
    accept: "Aceptar invitación",
  },

  linkStates: {
    signIn: "Iniciar sesión",
    signOutAndContinue: "Cerrar sesión y continuar",
    goToAccount: "Ir a tu cuenta",
    sendNewLink: "Recibir un nuevo enlace",
    sendLinkAgain: "Volver a recibir el último enlace",
    purged: {
      title: "Este enlace ya no funciona",
      text: (reseller) =>
        `La invitación terminó y sus datos personales se eliminaron. Pide una nueva invitación a ${reseller}.`,
    },
    wrong_user: {
      title: "Iniciaste sesión con otra cuenta",
      text: (address, name, email) =>
        `Esta invitación es para ${address}, pero iniciaste sesión como ${name} (${email}). No hicimos ningún cambio.`,
    },
    email_changed: {
      title: "Cambió la dirección de esta invitación",
      text: (sender) =>
        `${sender} cambió la dirección de esta invitación, así que este enlace ya no funciona. Si crees que es un error, ponte en contacto con ${sender}.`,
    },
    suspended: {
      title: "No disponible por el momento",
      text: (reseller) =>
        `Las cuentas en ${reseller} no están disponibles por el momento, así que este enlace no funciona. Inténtalo más tarde o ponte en contacto con ${reseller}.`,
    },
    superseded: {
      title: "Hay un enlace más reciente",
      text: (address, sentAt, reseller) => [
        `Enviamos un enlace más reciente a ${address} (`,
        sentAt,
        `). Abre el último correo de ${reseller} y usa ese enlace.`,
      ],
    },
    expired: {
      title: "Este enlace ha expirado",
      text: (expiredOn, address, sender) => [
        "Era válido hasta el ",
        expiredOn,
        `. Podemos enviar uno nuevo a ${address}, la dirección que ${sender} tiene registrada.`,
      ],
    },
    accepted: {
      title: "Ya formas parte de la cuenta",
      text: (account) => `Aceptaste esta invitación para ${account} y ya iniciaste sesión.`,
    },
    leftAccount: {
      title: "Ya no formas parte de esta cuenta",
      text: (account) =>
        `Aceptaste esta invitación, pero ya no formas parte de ${account}. Pide una nueva invitación a alguien que tenga allí el rol de Admin.`,
    },
    acceptedByOther: {
      text: (account, address, name, email) =>
        `Esta invitación para ${account} se aceptó desde ${address}, pero iniciaste sesión como ${name} (${email}).`,
    },
    acceptedSignedOut: {
      title: "Ya tienes una cuenta",
      text: (account, address) =>
        `Esta invitación para ${account} ya se aceptó. Inicia sesión con la dirección a la que se envió: ${address}.`,
    },
    revoked: {
      title: "Invitación anulada",
      text: (sender) =>
        `${sender} la anuló, así que su enlace ya no funciona. Si no lo esperabas, ponte en contacto con ${sender}.`,
    },
    declined: {
      title: "Invitación rechazada",
      text: (sender) =>
        `Alguien nos avisó de que la recibió por error. Si de todos modos quieres unirte, pide a ${sender} que la envíe de nuevo.`,
    },
  },

  emailCode: {
    willSend: (sender, address) =>
      `Te invita ${sender}. Para comprobar que este buzón es tuyo, primero enviaremos un código de seis dígitos a ${address}.`,
    sent: (sender, address) =>
      `Te invita ${sender}. Para comprobar que este buzón es tuyo, enviaremos un correo a ${address}. Escribe el código de seis dígitos que contiene. Si en su lugar trae un enlace, ábrelo.`,
    label: "Código",
    help: (minutes) => `Lo encontrarás en el correo. Es válido durante ${minutes} minutos.`,
    submit: "Continuar",
    send: "Recibir un código",
    sendAnother: "Recibir otro código",
    cooldown: "Hace un momento ya se pidió un código. Revisa tu bandeja de entrada.",
    dailyLimit:
      "Hoy ya no podemos enviar más códigos para esta invitación. Busca el correo más reciente en tu bandeja de entrada.",
    hourlyLimit: "Por ahora no podemos enviar más códigos.",
    retryIn: (wait) => `Podrás pedir otro dentro de ${wait}.`,
    suppressed: "No podemos enviar correo a esta dirección. Pide que te inviten con otra.",
  },

  renewal: {
    sentTitle: "Tu nuevo enlace va en camino",
    sent: (address, reseller) =>
      `Lo estamos enviando a ${address}. Los enlaces anteriores ya no funcionan. Si no te llega, revisa la carpeta de spam o ponte en contacto con ${reseller}: sus datos están al pie de esta página.`,
    sentAgainTitle: "El último enlace va en camino",
    sentAgain: (address, reseller) =>
      `Lo estamos enviando de nuevo a ${address}. Si no te llega, revisa la carpeta de spam o ponte en contacto con ${reseller}: sus datos están al pie de esta página.`,
    notSentTitle: "No podemos enviar un enlace ahora",
    suppressed: (address, reseller) =>
      `No podemos enviar correo a ${address}: un mensaje anterior no se pudo entregar o alguien pidió no recibir más. Ponte en contacto con ${reseller}: sus datos están al pie de esta página.`,
    unavailable: (reseller) =>
      `No podemos enviar un nuevo enlace para esta invitación. Ponte en contacto con ${reseller}: sus datos están al pie de esta página.`,
    cooldown: "Te enviamos un enlace hace un momento. Revisa tu bandeja de entrada.",
    hourlyLimit: "Por ahora no podemos enviar más enlaces.",
    retryIn: (wait) => `Podrás pedir otro dentro de ${wait}.`,
  },

  decline: {
    title: "¿No era para ti?",
    text: (sender, contact, address) =>
      `${sender} invitó a ${contact} con la dirección ${address}. Si no eres esa persona, avísanos y ${sender} no enviará nada más a esta dirección.`,
    someone: "alguien",
    submit: "Esta invitación no es para mí",
    doneTitle: "Gracias por avisar",
    done: (sender, address) => `${sender} no enviará nada más a ${address}. Ya puedes cerrar esta página.`,
    expiredTitle: "Este enlace ha expirado",
    expired: (sender) =>
      `La invitación ya no se puede usar, así que no tienes que hacer nada. Si no quieres recibir más correos de ${sender}, usa los datos de contacto al pie de esta página.`,
    acceptedTitle: "Esta invitación ya se aceptó",
    accepted: (account, reseller) =>
      `Alguien aceptó la invitación para ${account} desde esta dirección. Si no fuiste tú, ponte en contacto con ${reseller}: sus datos están al pie de esta página.`,
  },

  unsubscribe: {
    title: "Dejar de recibir correos",
    text: (sender, address) =>
      `¿Quieres que ${sender} deje de enviar correos a ${address}? El enlace de tu invitación seguirá funcionando.`,
    submit: "Cancelar la suscripción",
    doneTitle: "Suscripción cancelada",
    done: (sender, address) =>
      `${sender} no enviará nada más a ${address}, salvo que tú lo pidas. El enlace de tu invitación sigue funcionando.`,
  },

  signIn: {
    title: "Iniciar sesión",
    email: "Correo electrónico",
    password: "Contraseña",
    submit: "Iniciar sesión",
    wrongCredentials: "El correo electrónico o la contraseña no son correctos.",
    footer: "Tu empresa decide quién puede iniciar sesión.",
    forgotPassword: "¿Olvidaste tu contraseña?",
    signedOut: "Se ha cerrado tu sesión.",
    kept: "Vuelve a iniciar sesión y encontrarás lo que habías escrito.",
    signedInAgain:
      "Has vuelto a iniciar sesión. Todavía no se ha cambiado ni enviado nada: revisa lo que escribiste y envíalo de nuevo.",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account) => `${account} · entorno de pruebas`,
    notice: "Entorno de pruebas: ningún correo sale de aquí.",
    signIn: "Va a iniciar sesión en un entorno de pruebas.",
    signInAddress: (address) => `Para volver a iniciar sesión aquí, escriba ${address} como correo electrónico.`,
  },

  failures: {
    offline: "Estás sin conexión. Revisa tu conexión e inténtalo de nuevo.",
    unreachable: "La conexión falló. Inténtalo de nuevo.",
    timeout: "Está tardando demasiado. Inténtalo de nuevo.",
    stale: "Esta página no se puede actualizar ahora. Seguiremos intentándolo.",
    tryAgain: "Reintentar",
    signedOutInForm:
      "Se cerró tu sesión. Puedes continuar: al enviar el formulario, volverás a iniciar sesión y tus datos seguirán ahí.",
  },

  copying: {
    copy: "Copiar",
    copyName: (name: string) => `Copiar ${name}`,
    copied: "Copiado",
    press: (keys: string) => `Pulsa ${keys} para copiar.`,
  },

  errorPage: {
    requestId: (id) => `Si te pones en contacto con nosotros, incluye este ID de solicitud: ${id}`,
    home: "Volver a la página de inicio",
    backToInvite: "Volver a la invitación",
    insecure: {
      title: "Conexión no segura",
      detail: "Abre esta página con https:// en un navegador actualizado y vuelve a escribir tus datos.",
    },
    badForm: {
      title: "Formulario no válido",
      detail: "No pudimos leer este formulario. Vuelve a cargar la página e inténtalo de nuevo.",
    },
    formTooLarge: {
      title: "Demasiado texto",
      detail:
        "Este formulario tiene más texto o más campos de los que aceptamos: 64 KB y 200 campos. Vuelve atrás, acórtalo y envíalo de nuevo. No se guardó ningún cambio.",
    },
    urlTooLong: {
      title: "Dirección demasiado larga",
      detail: "La dirección de esta página es demasiado larga. Comprueba que esté bien copiada.",
    },
    headersTooLarge: {
      title: "Solicitud demasiado grande",
      detail:
        "Tu navegador envió demasiados datos con esta solicitud. Borra las cookies de este sitio e inténtalo de nuevo.",
    },
    internal: {
      title: "Algo salió mal",
      detail: "Tuvimos un problema. Inténtalo de nuevo en unos instantes.",
    },
  },

  problems: {
    not_found: { title: "No encontrado", detail: "Este contenido no existe o no tienes acceso a él." },
    forbidden: {
      title: "Sin permiso",
      detail: "Tu rol no te permite hacer esto. Consulta a alguien de tu empresa que tenga el rol de Admin.",
    },
    invalid_cursor: { title: "Página desconocida", detail: "Esta página no existe. Empieza desde la primera." },
    invite_not_pending: {
      title: "Ya no está pendiente",
      detail: () =>
        "Esta invitación ya no está pendiente. Solo puedes anular invitaciones pendientes y copiar sus enlaces.",
    },
    invite_not_resendable: {
      title: "No se puede cambiar ni reenviar",
      detail: () => "Esta invitación ya está cerrada: no se puede cambiar ni reenviar.",
    },
    newer_invite_pending: {
      title: "Ya hay otra invitación",
      detail: "Hay una invitación más reciente pendiente para esta dirección. Reenvía esa.",
    },
    email_suppressed: {
      title: "La dirección no recibe correo",
      detail: "No enviamos correo a esta dirección. Usa otra.",
      wayOut: (edit) => `Abre la invitación y elige «${edit}».`,
    },
    resend_cooldown: { title: "Demasiados correos", detail: "Esta invitación se envió hace un momento." },
    resend_daily_limit: {
      title: "Demasiados correos",
      detail: "Esta invitación ha alcanzado el límite diario de reenvíos.",
    },
    email_hourly_limit: {
      title: "Demasiados correos",
      detail: "Has alcanzado el límite de correos de invitación por hora.",
    },
    busy: { title: "Servicio saturado", detail: "En este momento no podemos comprobar contraseñas." },
    guess_limit: {
      title: "Demasiados intentos",
      detail: "Hubo demasiados intentos con una contraseña o un código incorrectos.",
    },
    request_limit: {
      title: "Demasiados formularios",
      detail: "Recibimos demasiados formularios desde tu red. Espera un minuto e inténtalo de nuevo.",
    },
    email_change_cooldown: {
      title: "Demasiados correos",
      detail: "Pediste un cambio de dirección hace un momento.",
    },
    version_conflict: {
      title: "Hay cambios más recientes",
      detail: "Alguien hizo un cambio mientras tenías abierta esta página. Vuelve a cargarla y repite el tuyo.",
    },
    already_resent: { title: "Ya se reenvió", detail: "Otra persona acaba de reenviar esta invitación." },
    invite_not_ended: {
      title: "Sigue abierta",
      detail: "Esta invitación sigue abierta. Anúlala primero o espera a que expire.",
    },
    revocation_final: {
      title: "Ya no se puede deshacer",
      detail:
        "La anulación se puede deshacer durante un minuto, salvo que la persona ya se haya unido. Crea una nueva invitación.",
    },
    last_admin: {
      title: "Nadie más es Admin",
      detail: "Nadie más tiene el rol de Admin. Asígnalo primero a otra persona.",
    },
    reseller_suspended: {
      title: "Servicio suspendido",
      detail: (name) =>
        `El servicio de ${name} está suspendido y nadie puede iniciar sesión en sus cuentas. Ponte en contacto con el operador de la plataforma.`,
    },
    passkey_limit: {
      title: "Demasiadas llaves de acceso",
      detail: (limit) => `Ya tienes ${limit} llaves de acceso, el máximo permitido. Quita una primero.`,
    },
    no_factors: { title: "Sin segundo factor", detail: "Esta persona no tiene un segundo factor." },
    sessions_shared: {
      title: "También en otras cuentas",
      detail:
        "Esta persona también forma parte de otras cuentas, así que no puedes cerrar todas sus sesiones. Quítala de esta cuenta para que deje de tener acceso de inmediato, o pídele que cierre sus otras sesiones desde su perfil.",
    },
    factors_shared: {
      title: "También en otras cuentas",
      detail:
        "Esta persona también forma parte de otras cuentas, así que solo el operador puede restablecer su segundo factor.",
    },
    no_active_account: {
      title: "Sin cuenta",
      detail:
        "Ya no formas parte de ninguna cuenta: saliste o alguien con el rol de Admin te quitó el acceso. Pide que te inviten de nuevo.",
    },
    wrong_account: {
      title: "Otra cuenta",
      detail:
        "Este formulario era de una cuenta en la que no has iniciado sesión o de la que ya no formas parte. No se guardó ningún cambio.",
    },
  },
  retry: {
    in: (wait) => `Inténtalo de nuevo dentro de ${wait}.`,
    nothingSent: "No se envió nada.",
    nothingChanged: "No se guardó ningún cambio.",
    remaining: (count) => `Reenvíos disponibles hoy: ${count}.`,
  },

  fieldLabels: {
    contact_name: "Nombre",
    contact_email: "Correo electrónico",
    role: "Rol",
    note: "Mensaje",
    locale: "Idioma",
    expires_in_days: "Validez",
  },
  fieldErrors: {
    required: {
      name: "Escribe tu nombre.",
      email: "Escribe tu correo electrónico.",
      password: "Escribe una contraseña.",
      current_password: "Escribe tu contraseña actual.",
      accept_terms: "Acepta los términos del servicio para continuar.",
      code: "Escribe los seis dígitos que aparecen en el correo.",
      contact_name: "Escribe el nombre de la persona.",
      contact_email: "Escribe la dirección a la que enviaremos la invitación.",
      role: "Elige un rol.",
      locale: "Elige un idioma.",
    },
    invalid: {
      name: "Usa un nombre más corto.",
      email: "Escribe una dirección de correo como nombre@empresa.com.",
      password: "Usa una contraseña más corta.",
      accept_terms: "Acepta los términos del servicio para continuar.",
      code: "Escribe los seis dígitos que aparecen en el correo.",
      contact_name: "Usa un nombre más corto.",
      contact_email: "Escribe una dirección de correo como nombre@empresa.com.",
      time_zone: "Escribe el nombre de una zona horaria, por ejemplo Europe/Madrid.",
      role: "Elige un rol.",
      locale: "Elige un idioma.",
      note: "Escribe un mensaje más corto.",
    },
    too_long: (max) => `Usa ${max} caracteres como máximo.`,
    password_too_short: (min) => `Usa ${min} caracteres o más. Una frase corta funciona bien.`,
    password_too_long: (max) => `Usa ${max} caracteres como máximo.`,
    password_common: (word) =>
      word
        ? `“${word}” es una de las primeras palabras que se prueban en un ataque. Agrega algunas palabras propias.`
        : "Esta contraseña es demasiado fácil de adivinar. Una frase corta funciona bien.",
    password_contains_name: (word) =>
      `Esta contraseña consiste casi por completo en nombres que otras personas conocen${word ? `, como “${word}”` : ""}. Agrega algunas palabras propias.`,
    password_changed_often:
      "Hoy ya has cambiado tu contraseña varias veces. Restablécela por correo o vuelve a intentarlo mañana.",
    wrong_password: "Esta no es la contraseña de tu cuenta.",
    passkey_refused: "No pudimos usar esta llave de acceso. Inténtalo de nuevo o usa una contraseña.",
    account_exists: "Ya tienes una cuenta. Escribe su contraseña para aceptar la invitación.",
    terms_changed: "Los términos cambiaron desde que abriste esta página. Léelos y acéptalos de nuevo.",
    code_expired: "Este código ya no funciona. Pide otro.",
    wrong_code: (attemptsLeft) => {
      if (attemptsLeft === 0) return "El código no es correcto y este era el último intento. Pide otro."
      return `El código no es correcto. ${attemptsLeft === 1 ? "Te queda 1 intento" : `Te quedan ${attemptsLeft} intentos`}.`
    },
    email_several: "Escribe una sola dirección.",
    email_quoted:
      "Nuestro proveedor de correo no puede enviar a direcciones con comillas antes de la @. Usa otra dirección.",
    email_letters:
      "Nuestro proveedor de correo no puede enviar a direcciones con letras distintas de A–Z antes de la @, como la ñ o las vocales con tilde. Usa otra dirección.",
    email_local_part:
      "Revisa la parte anterior a la @: no admite espacios, paréntesis, corchetes, comas, el signo “:” ni otra @. Tampoco puede empezar o terminar con un punto, ni tener varios seguidos.",
    email_local_part_too_long: (max) => `Usa ${max} caracteres como máximo antes de la @.`,
    email_domain: "El dominio que sigue a la @ no es válido. Revisa cómo está escrito.",
    not_visible: "Escribe al menos un carácter visible.",
    phone_extension: "Escribe solo el número, sin la extensión.",
    invite_pending: (name) => `${name} ya tiene una invitación pendiente con esta dirección.`,
    already_member: (name) => `${name} ya se unió con esta dirección.`,
    email_suppressed: "No enviamos correo a esta dirección. Usa otra.",
    email_unchanged: "La invitación ya tiene esta dirección. Usa otra.",
    openInvite: "Abrir invitación",
    showPerson: "Ver su página",
  },

  account: {
    welcome: (name) => `Hola, ${name}`,
    intro: (account, reseller, role) => ["Esta es la cuenta de ", account, ` en ${reseller}. Tu rol es ${role}.`],
    adminIntro: "Puedes invitar a otras personas de tu empresa y elegir su rol.",
  },

  people: {
    members: "Miembros",
    you: "(tú)",
    joined: (joinedAt) => ["se unió: ", joinedAt],
    joinOrder: "Por orden de incorporación",
    invited: "Invitaciones sin aceptar",
    change: "Cambiar",
    leave: "Dejar la cuenta",
    invite: "Invitar a alguien",
    inviteSent: (name) => `La invitación para ${name} va en camino.`,
    roleChanged: "Guardado. El nuevo rol se aplica de inmediato.",
    removed: "Listo. Esta persona ya no tiene acceso.",
  },

  person: {
    region: "Persona",
    email: "Correo electrónico",
    role: "Rol",
    joined: "Se unió",
    youAreLastAdmin: (account) =>
      `Nadie más tiene el rol de Admin en ${account}, así que no puedes renunciar al rol ni dejar la cuenta. Asígnalo primero a otra persona.`,
    isLastAdmin: (name, account) =>
      `Solo ${name} tiene el rol de Admin en ${account}, así que no puede perder el rol ni el acceso. Asígnalo primero a otra persona.`,
    saveRole: "Guardar rol",
    leaveTitle: (account) => `Dejar la cuenta de ${account}`,
    leaveText: "Perderás el acceso de inmediato. Alguien con el rol de Admin puede volver a invitarte.",
    leave: "Dejar la cuenta",
    removeTitle: (account) => `Quitar de ${account}`,
    removeText: (name) => `${name} perderá el acceso de inmediato. Puedes volver a enviarle una invitación.`,
    remove: "Quitar",
  },

  inviteForm: {
    title: "Invitar a alguien",
    name: "Nombre",
    email: "Correo electrónico",
    emailHelp: "Enviaremos la invitación a esta dirección.",
    role: "Rol",
    language: "Idioma",
    languageHelp: "Para todos los correos y páginas de esta invitación.",
    note: "Mensaje (opcional)",
    noteHelp: (max) => `Texto sin formato, hasta ${max} caracteres. Aparecerá en el correo.`,
    send: "Enviar invitación",
    createWithoutEmail: "Crear sin enviar correo",
    withoutEmailHelp: "Si la creas sin enviar correo, podrás copiar el enlace de registro y compartirlo tú.",
  },

  editInvite: {
    title: "Editar invitación",
    titleResend: "Editar y reenviar",
    save: "Guardar",
    sentEmailHelp:
      "Si cambias la dirección, enviaremos allí la invitación con un nuevo enlace. Los enlaces anteriores dejarán de funcionar.",
    unsentEmailHelp: "Si cambias la dirección, los enlaces que copiaste antes dejarán de funcionar.",
    conflict:
      "Alguien cambió esta invitación mientras tenías abierto el formulario. Abajo está tu versión: guárdala de nuevo para reemplazar la otra.",
    otherDetails: "Otros datos",
    sameAddressTitle: "¿Es correcta la dirección?",
    sameAddressText: (address) => `Si lo es, reenvía la invitación a ${address}.`,
    allowText: (name) =>
      `Envía la invitación solo si ${name} te lo pidió. A partir de ese momento, esta dirección volverá a recibir correos tuyos.`,
    allowAndResend: "Permitir correos y reenviar",
  },

  copyLink: {
    title: "Enlace de registro",
    forPerson: (name) => `Para ${name}`,
    help: (expiresOn, name, email, minutes) => [
      "El enlace es válido hasta el ",
      expiresOn,
      `. Quien lo abra tendrá que escribir un código que enviaremos a ${email} y que es válido durante ${minutes} minutos; así, solo ${name} podrá usarlo. Los enlaces enviados por correo siguen funcionando.`,
    ],
    done: "Listo",
  },

  invite: {
    region: "Invitación",
    timeline: "Historial",
    contact: "Contacto",
    email: "Correo electrónico",
    days: (days) => (days === 1 ? "1 día" : `${days} días`),
    invited: "Creada",
    copyLink: "Copiar enlace",
    edit: "Editar",
    editAndResend: "Editar y reenviar",
    resend: "Reenviar invitación",
    send: "Enviar invitación",
    resendIn: (time) => `Reenviar en ${time}`,
    toPerson: (name) => `a ${name}`,
    inviteTo: (name) => `la invitación para ${name}`,
    revoke: "Anular",
    revokeLabel: (name) => `Anular la invitación para ${name}`,
    undo: "Deshacer",
    flashes: {
      resent: (to) => `La invitación para ${to} va en camino con un nuevo enlace.`,
      revoked: (to) => `La invitación para ${to} se anuló.`,
      restored: (to) => `La invitación para ${to} vuelve a estar pendiente. Su enlace funciona de nuevo.`,
      created: (to) => `La invitación para ${to} se creó. No se envió ningún correo: copia el enlace y compártelo tú.`,
      saved: (to) => `La invitación para ${to} se guardó. Los enlaces actuales siguen funcionando.`,
      addressChanged: (to) =>
        `La invitación para ${to} se guardó. Los enlaces que copiaste antes ya no funcionan. Copia uno nuevo.`,
      unchanged: "No hubo cambios ni se envió nada.",
    },
  },

  inviteStatuses: {
    pending: "Pendiente",
    accepted: "Aceptada",
    expired: "Expirada",
    revoked: "Anulada",
    declined: "Rechazada",
  },
  emailStatuses: {
    queued: "En cola",
    sent: "Enviado",
    delivered: "Entregado",
    deferred: "Con retraso",
    bounced: "Devuelto",
    complained: "Marcado como spam",
    failed: "No enviado",
  },
  emailErrors: {
    suppressed: "No enviamos correo a esta dirección",
    exhausted: "El envío falló varias veces",
    no_mailbox: "El buzón no existe",
    no_domain: "El dominio no existe",
    no_mail_domain: "El dominio no acepta correo",
    mailbox_disabled: "El buzón está desactivado",
    mailbox_full: "El buzón está lleno",
    rejected: "El servidor de destino rechazó el mensaje",
    try_later: "El servidor de destino pidió reintentarlo más tarde",
    waiting: "Ahora no podemos enviar correos y seguimos intentándolo",
    held: "Retenido tras una restauración, porque quizá ya se envió",
  },
  statusLine: {
    notEmailed: "Sin correo enviado",
    timesSent: (count) => `enviado ${count} veces`,
    expires: (expiresOn) => ["expira el ", expiresOn],
    expired: (expiredAt) => ["Expiró: ", expiredAt],
    joined: (joinedAt) => ["Se unió: ", joinedAt],
    opened: (openedAt) => ["enlace abierto: ", openedAt],
    sent: (sentAt) => ["enviado: ", sentAt],
    revoked: "El enlace ya no funciona",
    declined: "Rechazada por quien la recibió",
  },

  timeline: {
    actions: {
      "invite.created": "Invitación creada",
      "invite.sent": "Correo enviado a",
      "invite.failed": "Correo no enviado:",
      "invite.delivered": "Correo entregado",
      "invite.deferred": "Correo con retraso:",
      "invite.bounced": "Correo devuelto:",
      "invite.complained": "Correo marcado como spam",
      "invite.updated": "Invitación editada:",
      "invite.billing_changed": "Cuenta de facturación cambiada",
      "invite.link_issued": "Enlace copiado",
      "invite.code_sent": "Código pedido con un enlace copiado para",
      "invite.form_started": "Formulario iniciado",
      "invite.link_repeated": "A petición del contacto, último enlace reenviado a",
      "invite.reminded": "Recordatorio enviado",
      "invite.advanced": "Adelantada en el tiempo",
      "invite.opened": "Enlace abierto",
      "invite.declined": "Invitación rechazada",
      "invite.unsubscribed": "Suscripción cancelada",
      "invite.resent": "Nuevo enlace enviado a",
      "invite.revoked": "Invitación anulada",
      "invite.restored": "Anulación deshecha",
      "invite.expired": "Invitación expirada",
      "invite.accepted": "Invitación aceptada",
      "invite.purged": "Datos personales eliminados",
      "invite.code_refused": "Código incorrecto",
      "invite.sign_in_failed": "Inicio de sesión fallido con el enlace",
      "invite.limit_reached": "Límite de intentos alcanzado",
    },
    renewed: "A petición del contacto, nuevo enlace enviado a",
    noValue: "vacío",
    system: "Sistema",
    theContact: "El contacto",
    contact: (name) => `${name} (contacto)`,
    member: (name) => `${name} (miembro)`,
  },

  privacy: {
    purgedInvite: "Contacto eliminado",
    purged: (when) => ["Los datos personales de esta invitación se eliminaron (", when, ")."],
    purgeTitle: "Eliminar datos personales",
    purgeText:
      "Elimina para siempre el nombre, la dirección, el mensaje y los correos de esta invitación. La invitación seguirá en las listas y los totales, pero sin esos datos.",
    purge: "Eliminar datos",
    personTitle: "Quitar y eliminar datos personales",
    personText:
      "También elimina su nombre, su dirección, su contraseña y sus sesiones, salvo que forme parte de otra cuenta. Las invitaciones pendientes y las de otras empresas conservan el nombre y la dirección hasta que se eliminen. Esta acción no se puede deshacer.",
    flashes: { purged: "Datos personales eliminados." },
  },

  passwordReset: {
    title: "¿Olvidaste tu contraseña?",
    help: "Escribe el correo electrónico con el que inicias sesión. Te enviaremos un enlace para elegir una nueva contraseña.",
    email: "Correo electrónico",
    submit: "Recibir un enlace",
    back: "Volver al inicio de sesión",
    sentTitle: "Revisa tu bandeja de entrada",
    sent: (address, minutes, waitMinutes) =>
      `Si hay una cuenta con ${address}, enviaremos un enlace a esa dirección. Es válido durante ${minutes} minutos. Si no te llega, revisa la carpeta de spam. Tras varias solicitudes en un día, enviamos el siguiente enlace ${waitMinutes} minutos después del último, que sigue siendo válido.`,
    newTitle: "Elige una nueva contraseña",
    newHelp: "Al guardarla, se cerrarán todas tus sesiones. Después, inicia sesión con la nueva contraseña.",
    newPassword: "Nueva contraseña",
    save: "Guardar contraseña",
    invalidTitle: "Este enlace ya no funciona",
    invalid: (minutes) =>
      `Cada enlace se puede usar una sola vez, en un plazo de ${minutes} minutos y solo mientras no cambien tu contraseña ni tu dirección.`,
    askAgain: "Recibir un nuevo enlace",
    done: "Cambiaste tu contraseña. Inicia sesión con la nueva.",
  },

  profile: {
    title: "Tu perfil",
    name: { title: "Nombre", label: "Tu nombre", save: "Guardar nombre", saved: "Nombre guardado." },
    preferences: {
      title: "Preferencias",
      themeLabel: "Tema",
      themes: { system: "Sistema", light: "Claro", dark: "Oscuro" },
      timeZone: "Zona horaria",
      automatic: "Automática (la de tu navegador)",
      timeZoneHelp: "Para todas las horas de tus páginas, por ejemplo Europe/Madrid.",
      save: "Guardar",
      saved: "Tus preferencias se guardaron.",
    },
    password: {
      title: "Contraseña",
      current: "Contraseña actual",
      new: "Nueva contraseña",
      help: (min) => `Usa ${min} caracteres o más. Al cambiarla, se cerrarán tus demás sesiones.`,
      save: "Cambiar contraseña",
      saved: "Cambiaste tu contraseña y se cerraron tus demás sesiones.",
      none: "No tienes contraseña: inicias sesión con una llave de acceso.",
      add: "Agregar una contraseña",
    },
    email: {
      title: "Correo electrónico",
      current: (address) => `Inicias sesión con ${address}.`,
      label: "Nuevo correo electrónico",
      help: "Enviaremos un enlace a cada dirección. El cambio se aplicará cuando lo confirmes en ambas.",
      save: "Cambiar dirección",
      requested: "Estamos enviando un enlace a cada dirección. Abre los dos para confirmar el cambio.",
      waiting: (address) =>
        `Para cambiar tu dirección a ${address}, confirma el cambio con los dos enlaces que enviamos.`,
      confirmedCurrent: "Ya confirmaste en tu dirección actual.",
      confirmedNew: "Ya confirmaste en la nueva dirección.",
      cancel: "Cancelar el cambio",
      cancelled: "Cambio cancelado. Conservas tu dirección.",
    },
    sessions: {
      title: "Tus sesiones abiertas",
      current: "Esta sesión",
      device: (browser, system) => `${browser} en ${system}`,
      unknownDevice: "Dispositivo desconocido",
      unknownPlace: "Lugar desconocido",
      near: (place) => `Cerca de ${place}`,
      lastUsed: (day) => ["Último uso: ", day],
      signOut: "Cerrar sesión",
      signOutOthers: "Cerrar las demás sesiones",
      ended: "Sesión cerrada.",
      othersEnded: "Se cerraron tus demás sesiones.",
      help: (days) => `Cada sesión dura como máximo ${days} días.`,
    },
  },

  personSessions: {
    title: "Sesiones",
    text: (name) => `Cierra las sesiones de ${name} en todos los dispositivos, por ejemplo, si perdió uno.`,
    submit: "Cerrar todas las sesiones",
    ended: "Se cerraron las sesiones en todos los dispositivos.",
  },

  emailChange: {
    title: "Confirma tu correo electrónico",
    text: (address, platform) => `Confirma que quieres iniciar sesión en ${platform} con ${address} a partir de ahora.`,
    submit: "Confirmar",
    waitingTitle: "Falta un enlace",
    waiting: {
      current: (address) => `Confirmado. Ahora abre el enlace que enviamos a ${address}.`,
      new: "Confirmado. Ahora abre el enlace que enviamos a tu dirección actual.",
    },
    changedTitle: "Dirección actualizada",
    changed: (address) => `A partir de ahora, inicia sesión con ${address}.`,
    takenTitle: "Esta dirección no se puede usar",
    taken: "Ahora otra cuenta usa esta dirección. La tuya sigue siendo la misma.",
    invalidTitle: "Este enlace ya no funciona",
    invalid: (hours) =>
      `Cada enlace es válido durante ${hours} horas. Deja de funcionar si el cambio se completa o se cancela, o si cambia la contraseña.`,
    signIn: "Ir al inicio de sesión",
  },

  securityNotices: {
    password_changed: "Se cambió tu contraseña",
    password_reset: "Se restableció tu contraseña por correo electrónico",
    email_changed: "Se cambió tu correo electrónico",
    passkey_added: "Se agregó una llave de acceso a tu cuenta",
    passkey_removed: "Se quitó una llave de acceso de tu cuenta",
    authenticator_added: "Se configuró una app de autenticación para tu cuenta",
    authenticator_removed: "Se quitó la app de autenticación de tu cuenta",
    recovery_codes_created: "Se crearon nuevos códigos de recuperación para tu cuenta",
    factors_reset:
      "Tras un aviso de pérdida, se eliminaron tus llaves de acceso, tu app de autenticación y tus códigos de recuperación",
  },

  securityAdvice: {
    choosePassword: "Si fuiste tú, no tienes que hacer nada. Si no, elige una nueva contraseña de inmediato:",
    changedAddress: (platform) =>
      `Con esta dirección ya no se inicia sesión en ${platform}. Si fuiste tú, no tienes que hacer nada. Si no, alguien puede leer tu correo: cambia la contraseña de tu buzón y después pide a alguien con el rol de Admin en tu cuenta que te quite de ella y te vuelva a invitar.`,
  },

  secondFactor: {
    title: "Verificación en dos pasos",
    intro: "Tu contraseña es correcta. Ahora confirma que eres tú.",
    code: "Código",
    codeHelp: "Los seis dígitos de tu app de autenticación o uno de tus códigos de recuperación.",
    recoveryCodeHelp: "Uno de tus códigos de recuperación.",
    submit: "Iniciar sesión",
    usePasskey: "Usar una llave de acceso",
    passkeyFailed: "No pudimos usar esta llave de acceso. Inténtalo de nuevo.",
    passkeyFailedAtSignIn:
      "No pudimos iniciar tu sesión con esta llave de acceso. Inténtalo de nuevo o escribe tu contraseña.",
    wrongCode: "Este código no es válido o ya se usó.",
    lastAttempt: "Ese era tu último intento. Vuelve a iniciar sesión.",
    expired: "Pasó demasiado tiempo. Escribe de nuevo tu contraseña.",
    startOver: "Empezar de nuevo",
    lost: "¿Perdiste tu dispositivo? Escribe un código de recuperación. Si no tienes ninguno, alguien con el rol de Admin en tu cuenta puede restablecer tu segundo factor.",
  },

  confirmIdentity: {
    title: "Confirma que eres tú",
    intro: "Iniciaste sesión hace tiempo. Antes de hacer este cambio, confirma que eres tú.",
    kept: "El cambio aún no está hecho; conservamos lo que escribiste.",
    password: "Contraseña",
    submit: "Confirmar",
    wrongPassword: "Esta no es tu contraseña.",
    confirmedTitle: "Un paso más",
    confirmed: "Gracias. El cambio aún no está hecho: continúa para completarlo.",
    continue: "Continuar",
    cancel: "Cancelar",
  },

  factors: {
    requiredTitle: "Protege tu cuenta",
    requiredIntro: (account) =>
      `${account} exige la verificación en dos pasos para iniciar sesión. Configura una de estas opciones para continuar. Te llevará un minuto.`,
    intro: "Agrega un segundo paso al inicio de sesión para que nadie pueda entrar solo con tu contraseña.",
    done: "Listo",
    cancel: "Cancelar",
    remove: "Quitar",
    changed: "Guardado. Se cerraron tus demás sesiones.",
    othersSignedOut:
      "Cuando cambies tu forma de iniciar sesión, cerraremos tus demás sesiones y te avisaremos por correo.",
    passkeys: {
      title: "Llaves de acceso",
      text: "Inicia sesión con tu huella digital, tu rostro o el bloqueo de pantalla. Una llave de acceso reemplaza la contraseña y el segundo paso.",
      none: "Aún no tienes llaves de acceso.",
      add: "Agregar una llave de acceso",
      name: "Nombre",
      nameHelp: "Para distinguir tus llaves de acceso; por ejemplo, el nombre de tu dispositivo.",
      create: "Crear llave de acceso",
      unsupported: "Para usar llaves de acceso necesitas un navegador compatible y JavaScript activado.",
      refused: "No pudimos agregar esta llave de acceso. Inténtalo de nuevo.",
      added: (addedAt) => ["agregada: ", addedAt],
      used: (usedAt) => ["último uso: ", usedAt],
      neverUsed: "sin usar",
      confirmRemove: (name) => `¿Quitar la llave de acceso ${name}? Ya no podrás iniciar sesión con ella.`,
    },
    authenticator: {
      title: "App de autenticación",
      text: "Una app en tu teléfono muestra un código nuevo cada 30 segundos. Te lo pediremos después de la contraseña.",
      on: "Tu app de autenticación está configurada.",
      off: "No tienes ninguna app de autenticación.",
      add: "Configurar una app",
      replace: "Configurar otra app",
      scan: "Escanea este código con una app de autenticación.",
      qrCode: "Código QR para tu app de autenticación",
      manual: "O escribe esta clave en la app",
      code: "Código",
      codeHelp: "Los seis dígitos que muestra la app.",
      verify: "Activar",
      wrongCode: "Este no es el código que muestra la app ahora. Comprueba la hora de tu teléfono.",
      confirmRemove: "¿Quitar tu app de autenticación? Ya no te pediremos sus códigos.",
    },
    recoveryCodes: {
      title: "Códigos de recuperación",
      text: "Cada código se puede usar una sola vez, en lugar de tu app de autenticación o tu llave de acceso. Guárdalos en un lugar seguro.",
      first: "Tu cuenta está lista. Inicias sesión con tu llave de acceso.",
      shownOnce: "Guarda estos códigos ahora. No podrás volver a verlos.",
      left: (count) => (count === 1 ? "Te queda 1 código." : `Te quedan ${count} códigos.`),
      create: "Crear nuevos códigos",
      copy: "Copiar códigos",
    },
    reset: {
      title: "Segundo factor",
      text: (name) =>
        `Si ${name} perdió su dispositivo, elimina sus llaves de acceso, su app de autenticación y sus códigos de recuperación. Se cerrarán sus sesiones y podrá volver a iniciar sesión con su contraseña.`,
      submit: "Restablecer segundo factor",
      done: "Segundo factor eliminado. Avisamos por correo a esta persona.",
    },
  },

  registrationByPasskey: {
    create: "Crear cuenta con una llave de acceso",
    accept: "Aceptar con una llave de acceso",
    help: "Sin contraseña: basta con tu huella, tu rostro o el bloqueo de pantalla.",
    or: "o con una contraseña",
    cancelled: "No se creó ninguna llave de acceso. Inténtalo de nuevo o elige una contraseña.",
  },

  guessLimit: {
    sooner: (resetLink) => ["Mientras tanto, puedes usar una llave de acceso o ", resetLink, "."],
    resetPassword: "restablecer tu contraseña",
  },
} satisfies Messages
