import type { Messages } from "./en.ts"

// Brazilian Portuguese. Readers are addressed as `você`, and security words are those of Google (“fazer login”, “chave de acesso”).
// Names follow `de`, `em` and `para` without an article, and no sentence supposes the gender of a person: “você recebeu um convite”,
// “alguém com a função de Admin”. Intl abbreviates with a period (`há 5 min.`, `5 de dez.`), so no short time ends a sentence.

export const ptBr = {
  language: { code: "pt-BR", name: "Português (Brasil)", dates: "pt-BR", colon: ": ", space: " " },
  justNow: "agora mesmo",

  phrases: {
    personOfCompany: (person, company) => `${person} (${company})`,
    callUs: (phone) => ` ou ligue para ${phone}`,
    purpose: {
      customer: (company, reseller) => `configurar a conta de ${company} em ${reseller}`,
      staff: (_company, reseller) => `fazer parte da equipe de ${reseller}`,
      member: (company, reseller) => `participar da conta de ${company} em ${reseller}`,
    },
  },

  memberRoles: { admin: "Admin", member: "Membro" },
  memberRoleDescriptions: {
    admin: "Convida colegas e gerencia os membros.",
    member: "Vê quem faz parte da conta.",
  },

  emails: {
    invite: {
      subject: "Você recebeu um convite de {{reseller_name}}",
      preview: "{{inviter}} convidou {{company_name}}. O link é válido até {{expires_on}}.",
      paragraphs: [
        "Olá, {{contact_name}},",
        "Convidamos você a conhecer o portal de autoatendimento de {{reseller_name}}, com tecnologia {{platform_name}}. Prepare-se para uma conectividade elegante e automatizada, do jeito que você espera que a nuvem seja!",
        "Turbine sua rede interna ou seu backbone, conecte-se aos seus provedores de nuvem e SaaS, interligue-os e crie com outras empresas, em nosso marketplace, seu próprio ecossistema privado e seguro.",
        "Para concluir o cadastro, acesse o link abaixo e crie sua conta. Depois, é só clicar, criar e conectar!",
      ],
      linkLabel: "Conecte-se aqui:",
      buttonLabel: "Criar minha conta",
      noteLabel: "Mensagem de {{inviter}}:",
      notes: [
        "O link é válido até {{expires_on}}.",
        "{{inviter}} convidou {{contact_email}} como contato de {{company_name}}.",
        "Dúvidas? Responda a este e-mail{{support_line}}.",
      ],
      declineLabel: "Este convite não é para mim",
    },
    accountInvite: {
      subject: "{{inviter}} convidou você para a conta de {{account_name}}",
      preview: "{{inviter}} convidou você para {{purpose}}. O link é válido até {{expires_on}}.",
      paragraphs: [
        "Olá, {{contact_name}},",
        "{{inviter}} convidou você para {{purpose}} com a função de {{role}}. O serviço usa tecnologia {{platform_name}}.",
        "Acesse o link abaixo para criar sua conta. Se você já tem uma, use-a para aceitar o convite.",
      ],
      linkLabel: "Conecte-se aqui:",
      buttonLabel: "Aceitar convite",
      noteLabel: "Mensagem de {{inviter}}:",
      notes: [
        "O link é válido até {{expires_on}}.",
        "{{inviter}} convidou {{contact_email}}.",
        "Dúvidas? Responda a este e-mail{{support_line}}.",
      ],
      declineLabel: "Este convite não é para mim",
    },
    reminder: {
      subject: "Seu convite de {{reseller_name}} expira em {{expires_on}}",
      preview: "O link é válido até {{expires_on}}.",
      paragraphs: [
        "Olá, {{contact_name}},",
        "{{inviter}} convidou você para {{purpose}}. O link abaixo é válido até {{expires_on}}. Depois disso, você precisará de um novo convite.",
      ],
      linkLabel: "Conecte-se aqui:",
      buttonLabel: "Criar minha conta",
      notes: ["Dúvidas? Responda a este e-mail{{support_line}}.", "Este é o único lembrete que enviaremos."],
      declineLabel: "Este convite não é para mim",
    },
    verificationCode: {
      subject: "{{code}} é o seu código",
      preview: "Ele é válido por {{minutes}} minutos.",
      intro: "Alguém abriu seu convite para {{purpose}}. Se foi você, digite este código:",
      notes: [
        "O código só pode ser usado uma vez e é válido por {{minutes}} minutos.",
        "Se não foi você, ignore este e-mail: sem o código, ninguém consegue continuar. Não compartilhe o código: nunca vamos pedi-lo a você.",
        "Dúvidas? Responda a este e-mail{{support_line}}.",
      ],
    },
    passwordReset: {
      subject: "Escolha uma nova senha para {{platform_name}}",
      preview: "O link só pode ser usado uma vez e é válido por {{minutes}} minutos.",
      paragraphs: [
        "Olá, {{name}},",
        "Você pediu uma nova senha para {{platform_name}}. Acesse o link para escolhê-la:",
      ],
      buttonLabel: "Escolher nova senha",
      notes: [
        "O link só pode ser usado uma vez, nos {{minutes}} minutos seguintes ao pedido. Quando você salvar a nova senha, todas as suas sessões serão encerradas.",
        "Se não foi você que pediu, ignore este e-mail: sua senha continuará a mesma.",
      ],
    },
    confirmCurrentEmail: {
      subject: "Confirme seu novo endereço de e-mail para {{platform_name}}",
      preview: "Nada muda até você confirmar aqui e no novo endereço.",
      paragraphs: [
        "Olá, {{name}},",
        "Você pediu para usar {{new_email}} no login de {{platform_name}} a partir de agora. Acesse o link para confirmar. Também enviamos um link ao novo endereço: a mudança só valerá depois que você confirmar nos dois.",
      ],
      buttonLabel: "Confirmar mudança",
      notes: [
        "O link é válido por {{hours}} horas.",
        "Se não foi você, não abra o link: alguém sabe sua senha. Escolha uma nova em {{forgot_url}}",
      ],
    },
    confirmNewEmail: {
      subject: "Confirme este endereço de e-mail para {{platform_name}}",
      preview: "Nada muda até a confirmação aqui e no endereço atual.",
      paragraphs: [
        "Alguém pediu para usar este endereço de e-mail no login de {{platform_name}}. Se foi você, acesse o link para confirmar. Também enviamos um link ao seu endereço atual: a mudança só valerá depois que você confirmar nos dois.",
      ],
      buttonLabel: "Confirmar endereço",
      notes: ["O link é válido por {{hours}} horas.", "Se não foi você, ignore este e-mail."],
    },
    securityNotice: {
      subject: "Aviso de segurança: {{event}}",
      preview: "Se não foi você, proteja sua conta agora.",
      paragraphs: ["Olá, {{name}},", "{{event}} em {{time}}.", "{{advice}}"],
      buttonLabel: "Escolher nova senha",
      notes: ["Enviamos este e-mail para sua segurança. Não é possível desativá-lo."],
    },
  },

  preview: {
    subject: "Assunto",
    from: "De",
    to: "Para",
    contactName: "Nome do contato",
    contactEmail: "nome@empresa.com.br",
    companyName: "Nome da empresa",
    emails: "E-mails",
    kinds: { invite: "Convite", reminder: "Lembrete" },
    plainText: "Texto simples",
  },

  layout: {
    skipToContent: "Pular para o conteúdo",
    dismiss: "Fechar",
    navigation: "Principal",
    account: "Conta",
    switchAccount: "Trocar de conta",
    staffAccount: (reseller) => `${reseller} (equipe)`,
    customerAccount: (customer, reseller) => `${customer}, ${reseller}`,
    signOut: "Sair",
    profile: "Seu perfil",
    questions: "Dúvidas?",
    poweredBy: (platform) => `Com tecnologia ${platform}`,
    next: "Próxima →",
    previous: "← Anterior",
    newer: "← Mais recentes",
    older: "Mais antigos →",
    newestFirst: "Mais recentes primeiro",
    cancel: "Cancelar",
  },

  invalidLink: {
    title: "Link incompleto",
    heading: "Este link está incompleto",
    copyWholeLink:
      "Alguns programas de e-mail cortam ou quebram links longos. Volte ao e-mail, copie o link inteiro, de “https” até o último caractere, e cole-o na barra de endereços.",
    askForNewInvite: "Se ainda assim não funcionar, responda ao e-mail e peça um novo convite.",
  },

  registration: {
    setUp: (account) => `Configure a conta de ${account}`,
    join: (account) => `Participe da conta de ${account}`,
    invitedYou: (sender) => `${sender} convidou você.`,
    roleOf: {
      customer: "Você terá a função de Admin na nova conta e poderá convidar colegas.",
      staff: (reseller, role) => `Você fará parte da equipe de ${reseller} com a função de ${role}.`,
      member: (company, reseller, role) =>
        `Você participará da conta de ${company} em ${reseller} com a função de ${role}.`,
    },
    email: "E-mail",
    name: "Seu nome",
    password: "Senha",
    passwordHelp: (min) => `Use ${min} caracteres ou mais, por exemplo uma frase curta.`,
    passwordCount: "{count} de {min} caracteres",
    passwordChecking: "Tamanho suficiente. Verificando…",
    passwordGood: "Ótimo, você pode usar esta senha.",
    failed: "Não conseguimos acessar o servidor. O que você digitou continua aqui: tente novamente.",
    showPassword: "Mostrar senha",
    hidePassword: "Ocultar senha",
    existingPassword: "Sua senha",
    existingPasswordHelp: (account) =>
      `Você já tem uma conta. Digite a senha dela para adicionar ${account} às suas contas.`,
    signedInAs: (name, account) => `Você fez login como ${name}. A conta de ${account} será adicionada às suas.`,
    termsOfService: "termos de serviço",
    acceptTerms: (terms, reseller, version) => [
      "Aceito os ",
      terms,
      reseller ? ` de ${reseller}, versão ${version}.` : `, versão ${version}.`,
    ],
    create: "Criar conta",
    accept: "Aceitar convite",
  },

  linkStates: {
    signIn: "Fazer login",
    signOutAndContinue: "Sair e continuar",
    goToAccount: "Ir para sua conta",
    sendNewLink: "Receber um novo link",
    sendLinkAgain: "Receber de novo o link mais recente",
    purged: {
      title: "Este link não funciona mais",
      text: (reseller) =>
        `O convite foi encerrado e seus dados pessoais foram excluídos. Peça um novo convite a ${reseller}.`,
    },
    wrong_user: {
      title: "Você fez login com outra conta",
      text: (address, name, email) =>
        `Este convite é para ${address}, mas você fez login como ${name} (${email}). Nada foi alterado.`,
    },
    email_changed: {
      title: "O endereço deste convite mudou",
      text: (sender) =>
        `${sender} alterou o endereço deste convite, por isso este link não funciona mais. Se achar que é um engano, entre em contato com ${sender}.`,
    },
    suspended: {
      title: "Indisponível no momento",
      text: (reseller) =>
        `As contas em ${reseller} estão indisponíveis no momento, por isso este link não funciona agora. Tente mais tarde ou entre em contato com ${reseller}.`,
    },
    superseded: {
      title: "Há um link mais recente",
      text: (address, sentAt, reseller) => [
        `Enviamos um link mais recente para ${address} (`,
        sentAt,
        `). Abra o último e-mail de ${reseller} e use o link que está nele.`,
      ],
    },
    expired: {
      title: "Este link expirou",
      text: (expiredOn, address, sender) => [
        "Ele era válido até ",
        expiredOn,
        `, mas podemos enviar um novo para ${address}, o endereço registrado por ${sender}.`,
      ],
    },
    accepted: {
      title: "Você já faz parte da conta",
      text: (account) => `Você aceitou este convite para ${account} e já fez login.`,
    },
    leftAccount: {
      title: "Você não faz mais parte desta conta",
      text: (account) =>
        `Você aceitou este convite, mas não faz mais parte da conta de ${account}. Peça um novo convite a alguém que tenha a função de Admin nela.`,
    },
    acceptedByOther: {
      text: (account, address, name, email) =>
        `Este convite para ${account} foi aceito por ${address}, mas você fez login como ${name} (${email}).`,
    },
    acceptedSignedOut: {
      title: "Você já tem uma conta",
      text: (account, address) =>
        `Este convite para ${account} já foi aceito. Faça login com o endereço para o qual ele foi enviado: ${address}.`,
    },
    revoked: {
      title: "Este convite foi cancelado",
      text: (sender) =>
        `${sender} cancelou o convite, por isso o link não funciona mais. Se você não esperava por isso, entre em contato com ${sender}.`,
    },
    declined: {
      title: "Este convite foi recusado",
      text: (sender) =>
        `Alguém nos avisou que recebeu o convite por engano. Se mesmo assim você quiser participar, peça a ${sender} que o envie de novo.`,
    },
  },

  emailCode: {
    willSend: (sender, address) =>
      `${sender} convidou você. Para confirmar que esta caixa de entrada é sua, vamos enviar um código de seis dígitos para ${address}.`,
    sent: (sender, address) =>
      `${sender} convidou você. Para confirmar que esta caixa de entrada é sua, vamos enviar um e-mail para ${address}. Digite o código de seis dígitos que está nele. Se o e-mail trouxer um link, abra o link.`,
    label: "Código",
    help: (minutes) => `O código está no e-mail e é válido por ${minutes} minutos.`,
    submit: "Continuar",
    send: "Receber um código",
    sendAnother: "Receber outro código",
    cooldown: "Um código acabou de ser pedido. Confira sua caixa de entrada.",
    dailyLimit:
      "Não podemos enviar mais códigos para este convite hoje. Procure o e-mail mais recente na sua caixa de entrada.",
    hourlyLimit: "Não podemos enviar um código agora.",
    retryIn: (wait) => `Você poderá pedir outro em ${wait}.`,
    suppressed: "Não podemos enviar e-mails para este endereço. Peça um convite para outro endereço.",
  },

  renewal: {
    sentTitle: "Um novo link está a caminho",
    sent: (address, reseller) =>
      `Estamos enviando o link para ${address}. Os links anteriores não funcionam mais. Se ele não chegar, confira a pasta de spam ou entre em contato com ${reseller}: os dados estão no fim desta página.`,
    sentAgainTitle: "O link mais recente está a caminho",
    sentAgain: (address, reseller) =>
      `Estamos enviando o link de novo para ${address}. Se ele não chegar, confira a pasta de spam ou entre em contato com ${reseller}: os dados estão no fim desta página.`,
    notSentTitle: "Não podemos enviar um link agora",
    suppressed: (address, reseller) =>
      `Não podemos enviar e-mails para ${address}: uma mensagem anterior voltou ou alguém pediu para não receber mais nada. Entre em contato com ${reseller}: os dados estão no fim desta página.`,
    unavailable: (reseller) =>
      `Não podemos enviar um novo link para este convite. Entre em contato com ${reseller}: os dados estão no fim desta página.`,
    cooldown: "Acabamos de enviar um link. Confira sua caixa de entrada.",
    hourlyLimit: "Não podemos enviar um link agora.",
    retryIn: (wait) => `Você poderá pedir outro em ${wait}.`,
  },

  decline: {
    title: "Não era para você?",
    text: (sender, contact, address) =>
      `${sender} convidou ${contact} pelo endereço ${address}. Se não é você, avise-nos e ${sender} não enviará mais nada para este endereço.`,
    someone: "alguém",
    submit: "Este convite não é para mim",
    doneTitle: "Agradecemos o aviso",
    done: (sender, address) => `${sender} não enviará mais nada para ${address}. Você já pode fechar esta página.`,
    expiredTitle: "Este link expirou",
    expired: (sender) =>
      `O convite não pode mais ser usado, então você não precisa fazer nada. Para não receber outros e-mails de ${sender}, use os dados de contato no fim desta página.`,
    acceptedTitle: "Este convite foi aceito",
    accepted: (account, reseller) =>
      `Alguém com este endereço aceitou o convite para ${account}. Se não foi você, entre em contato com ${reseller}: os dados estão no fim desta página.`,
  },

  unsubscribe: {
    title: "Cancelar inscrição",
    text: (sender, address) =>
      `Quer que ${sender} pare de enviar e-mails para ${address}? O link do seu convite continua funcionando.`,
    submit: "Cancelar inscrição",
    doneTitle: "Inscrição cancelada",
    done: (sender, address) =>
      `${sender} não enviará mais nada para ${address}, a menos que você peça. O link do seu convite continua funcionando.`,
  },

  signIn: {
    title: "Fazer login",
    email: "E-mail",
    password: "Senha",
    submit: "Fazer login",
    wrongCredentials: "E-mail ou senha incorretos.",
    footer: "Sua empresa decide quem pode fazer login.",
    forgotPassword: "Esqueceu a senha?",
    signedOut: "Sua sessão foi encerrada.",
    kept: "Faça login novamente para continuar de onde parou: o que você digitou foi mantido.",
    signedInAgain:
      "Você fez login novamente. Nada foi alterado nem enviado ainda: confira o que digitou e envie de novo.",
  },

  /** A reseller's sandbox and its test data. */
  sandbox: {
    account: (account) => `${account} · ambiente de testes`,
    notice: "Ambiente de testes: nenhum e-mail sai daqui.",
    signIn: "Você está entrando em um ambiente de testes.",
    signInAddress: (address) => `Para entrar aqui novamente, digite ${address} como e-mail.`,
  },

  failures: {
    offline: "Você está sem conexão. Verifique sua conexão e tente novamente.",
    unreachable: "A conexão falhou. Tente novamente.",
    timeout: "Está demorando demais. Tente novamente.",
    stale: "Não é possível atualizar esta página agora. Vamos continuar tentando.",
    tryAgain: "Tentar novamente",
    signedOutInForm:
      "Sua sessão foi encerrada. Pode continuar: ao enviar o formulário, você fará login novamente e o que digitou continuará aqui.",
  },

  copying: {
    copy: "Copiar",
    copyName: (name: string) => `Copiar ${name}`,
    copied: "Copiado",
    press: (keys: string) => `Pressione ${keys} para copiar.`,
  },

  errorPage: {
    requestId: (id) => `Se entrar em contato conosco, informe este ID da solicitação: ${id}`,
    home: "Voltar à página inicial",
    backToInvite: "Voltar ao convite",
    insecure: {
      title: "Conexão não segura",
      detail: "Abra esta página com https:// em um navegador atualizado e digite seus dados de novo.",
    },
    badForm: {
      title: "Formulário não aceito",
      detail: "Não conseguimos ler este formulário. Recarregue a página e tente novamente.",
    },
    formTooLarge: {
      title: "Texto longo demais",
      detail:
        "Este formulário tem mais texto ou mais campos do que aceitamos: 64 KB e 200 campos. Volte, encurte o texto e envie de novo. Nada foi alterado.",
    },
    urlTooLong: {
      title: "Endereço longo demais",
      detail: "O endereço desta página é longo demais. Confira se ele foi copiado corretamente.",
    },
    headersTooLarge: {
      title: "Solicitação grande demais",
      detail: "Seu navegador enviou dados demais com esta solicitação. Exclua os cookies deste site e tente novamente.",
    },
    internal: {
      title: "Algo deu errado",
      detail: "Tivemos um problema. Tente novamente em alguns instantes.",
    },
  },

  problems: {
    not_found: { title: "Não encontrado", detail: "Este conteúdo não existe ou você não tem acesso a ele." },
    forbidden: {
      title: "Sem permissão",
      detail: "Sua função não permite fazer isso. Fale com alguém da sua empresa que tenha a função de Admin.",
    },
    invalid_cursor: { title: "Página desconhecida", detail: "Esta página não existe. Comece pela primeira." },
    invite_not_pending: {
      title: "Não está mais pendente",
      detail: () =>
        "Este convite não está mais pendente. Só é possível revogar convites pendentes e copiar os links deles.",
    },
    invite_not_resendable: {
      title: "Não pode ser alterado nem reenviado",
      detail: () => "Este convite já foi encerrado e não pode ser alterado nem reenviado.",
    },
    newer_invite_pending: {
      title: "Já existe outro convite",
      detail: "Há um convite mais recente pendente para este endereço. Reenvie esse convite.",
    },
    email_suppressed: {
      title: "Endereço não recebe e-mails",
      detail: "Não enviamos e-mails para este endereço. Use outro.",
      wayOut: (edit) => `Abra o convite e escolha “${edit}”.`,
    },
    resend_cooldown: { title: "E-mails demais", detail: "Este convite acabou de ser enviado." },
    resend_daily_limit: { title: "E-mails demais", detail: "Este convite atingiu o limite diário de reenvios." },
    email_hourly_limit: { title: "E-mails demais", detail: "Você atingiu o limite de e-mails de convite por hora." },
    busy: { title: "Serviço sobrecarregado", detail: "No momento, não conseguimos verificar senhas." },
    guess_limit: { title: "Tentativas demais", detail: "Houve tentativas demais com senha ou código incorreto." },
    request_limit: {
      title: "Formulários demais",
      detail: "Recebemos formulários demais da sua rede. Aguarde um minuto e tente novamente.",
    },
    email_change_cooldown: {
      title: "E-mails demais",
      detail: "Você acabou de pedir uma mudança de endereço.",
    },
    version_conflict: {
      title: "Alterado nesse meio-tempo",
      detail: "Alguém fez uma alteração depois que você abriu esta página. Recarregue a página e refaça a sua.",
    },
    already_resent: { title: "Já foi reenviado", detail: "Outra pessoa acabou de reenviar este convite." },
    invite_not_ended: {
      title: "Ainda em aberto",
      detail: "Este convite ainda está em aberto. Revogue-o primeiro ou espere que ele expire.",
    },
    revocation_final: {
      title: "Não é mais possível desfazer",
      detail:
        "A revogação pode ser desfeita durante um minuto, a menos que a pessoa já tenha entrado. Crie um novo convite.",
    },
    last_admin: {
      title: "Ninguém mais é Admin",
      detail: "Ninguém mais tem a função de Admin. Antes, dê essa função a outra pessoa.",
    },
    reseller_suspended: {
      title: "Serviço suspenso",
      detail: (name) =>
        `O serviço de ${name} está suspenso, e ninguém consegue fazer login nas contas. Entre em contato com o operador da plataforma.`,
    },
    passkey_limit: {
      title: "Chaves de acesso demais",
      detail: (limit) => `Você já tem ${limit} chaves de acesso, o máximo permitido. Remova uma antes.`,
    },
    no_factors: { title: "Sem segundo fator", detail: "Esta pessoa não tem um segundo fator." },
    sessions_shared: {
      title: "Também em outras contas",
      detail:
        "Esta pessoa também faz parte de outras contas, por isso você não pode encerrar todas as sessões dela. Remova a pessoa desta conta para que ela perca o acesso na hora, ou peça que ela encerre as outras sessões no próprio perfil.",
    },
    factors_shared: {
      title: "Também em outras contas",
      detail:
        "Esta pessoa também faz parte de outras contas, por isso só o operador pode redefinir o segundo fator dela.",
    },
    no_active_account: {
      title: "Sem conta",
      detail:
        "Você não faz mais parte de nenhuma conta: você saiu ou alguém com a função de Admin removeu seu acesso. Peça um novo convite.",
    },
    wrong_account: {
      title: "Outra conta",
      detail:
        "Este formulário era de uma conta em que você não fez login ou da qual não faz mais parte. Nada foi alterado.",
    },
  },
  retry: {
    in: (wait) => `Tente novamente em ${wait}.`,
    nothingSent: "Nada foi enviado.",
    nothingChanged: "Nada foi alterado.",
    remaining: (count) => `Reenvios restantes hoje: ${count}.`,
  },

  fieldLabels: {
    contact_name: "Nome",
    contact_email: "E-mail",
    role: "Função",
    note: "Mensagem",
    locale: "Idioma",
    expires_in_days: "Validade",
  },
  fieldErrors: {
    required: {
      name: "Digite seu nome.",
      email: "Digite seu e-mail.",
      password: "Digite uma senha.",
      current_password: "Digite sua senha atual.",
      accept_terms: "Aceite os termos de serviço para continuar.",
      code: "Digite os seis dígitos que estão no e-mail.",
      contact_name: "Digite o nome da pessoa.",
      contact_email: "Digite o endereço que receberá o convite.",
      role: "Escolha uma função.",
      locale: "Escolha um idioma.",
    },
    invalid: {
      name: "Use um nome mais curto.",
      email: "Digite um endereço de e-mail como nome@empresa.com.br.",
      password: "Use uma senha mais curta.",
      accept_terms: "Aceite os termos de serviço para continuar.",
      code: "Digite os seis dígitos que estão no e-mail.",
      contact_name: "Use um nome mais curto.",
      contact_email: "Digite um endereço de e-mail como nome@empresa.com.br.",
      time_zone: "Digite o nome de um fuso horário, por exemplo America/Sao_Paulo.",
      role: "Escolha uma função.",
      locale: "Escolha um idioma.",
      note: "Escreva uma mensagem mais curta.",
    },
    too_long: (max) => `Use no máximo ${max} caracteres.`,
    password_too_short: (min) => `Use ${min} caracteres ou mais. Uma frase curta funciona bem.`,
    password_too_long: (max) => `Use no máximo ${max} caracteres.`,
    password_common: (word) =>
      word
        ? `“${word}” é uma das primeiras palavras testadas em um ataque. Acrescente algumas palavras suas.`
        : "Esta senha é fácil demais de adivinhar. Uma frase curta funciona bem.",
    password_contains_name: (word) =>
      `Esta senha é formada quase só por nomes que outras pessoas conhecem${word ? `, como “${word}”` : ""}. Acrescente algumas palavras suas.`,
    password_changed_often: "Você já mudou sua senha várias vezes hoje. Redefina-a por e-mail ou tente de novo amanhã.",
    wrong_password: "Esta não é a senha da sua conta.",
    passkey_refused: "Não conseguimos usar esta chave de acesso. Tente novamente ou use uma senha.",
    account_exists: "Você já tem uma conta. Digite a senha dela para aceitar o convite.",
    terms_changed: "Os termos mudaram depois que você abriu esta página. Leia e aceite a nova versão.",
    code_expired: "Este código não funciona mais. Peça outro.",
    wrong_code: (attemptsLeft) => {
      if (attemptsLeft === 0) return "O código está incorreto, e essa era a última tentativa. Peça outro."
      return `O código está incorreto. ${attemptsLeft === 1 ? "Resta 1 tentativa" : `Restam ${attemptsLeft} tentativas`}.`
    },
    email_several: "Digite apenas um endereço.",
    email_quoted:
      "Nosso provedor de e-mail não consegue enviar para endereços com aspas antes do @. Use outro endereço.",
    email_letters:
      "Nosso provedor de e-mail não consegue enviar para endereços com letras diferentes de A–Z antes do @, como ç ou letras com acento. Use outro endereço.",
    email_local_part:
      "Confira a parte antes do @: ela não pode ter espaços, parênteses, colchetes, vírgulas, dois-pontos nem outro @. Também não pode começar ou terminar com ponto, nem ter pontos seguidos.",
    email_local_part_too_long: (max) => `Use no máximo ${max} caracteres antes do @.`,
    email_domain: "O domínio depois do @ não é válido. Confira se foi digitado corretamente.",
    not_visible: "Digite pelo menos um caractere visível.",
    phone_extension: "Digite só o número, sem o ramal.",
    invite_pending: (name) => `${name} já tem um convite pendente neste endereço.`,
    already_member: (name) => `${name} já faz parte da conta com este endereço.`,
    email_suppressed: "Não enviamos e-mails para este endereço. Use outro.",
    email_unchanged: "O convite já tem este endereço. Use outro.",
    openInvite: "Abrir convite",
    showPerson: "Abrir a página da pessoa",
  },

  account: {
    welcome: (name) => `Olá, ${name}`,
    intro: (account, reseller, role) => ["Esta é a conta de ", account, ` em ${reseller}. Sua função é ${role}.`],
    adminIntro: "Você pode convidar colegas e definir a função de cada pessoa.",
  },

  people: {
    members: "Membros",
    you: "(você)",
    joined: (joinedAt) => ["ingressou: ", joinedAt],
    joinOrder: "Por ordem de ingresso",
    invited: "Convites ainda não aceitos",
    change: "Alterar",
    leave: "Deixar a conta",
    invite: "Convidar colega",
    inviteSent: (name) => `O convite para ${name} está a caminho.`,
    roleChanged: "Salvo. A nova função já está valendo.",
    removed: "Pronto. Esta pessoa não tem mais acesso.",
  },

  person: {
    region: "Pessoa",
    email: "E-mail",
    role: "Função",
    joined: "Ingressou",
    youAreLastAdmin: (account) =>
      `Ninguém mais tem a função de Admin em ${account}, por isso você não pode abrir mão dela nem deixar a conta. Antes, dê essa função a outra pessoa.`,
    isLastAdmin: (name, account) =>
      `Só ${name} tem a função de Admin em ${account} e, por isso, não pode perder a função nem o acesso. Antes, dê essa função a outra pessoa.`,
    saveRole: "Salvar função",
    leaveTitle: (account) => `Deixar a conta de ${account}`,
    leaveText: "Você perderá o acesso imediatamente. Alguém com a função de Admin pode enviar um novo convite.",
    leave: "Deixar a conta",
    removeTitle: (account) => `Remover de ${account}`,
    removeText: (name) => `${name} perderá o acesso imediatamente. Você pode enviar um novo convite depois.`,
    remove: "Remover",
  },

  inviteForm: {
    title: "Convidar colega",
    name: "Nome",
    email: "E-mail",
    emailHelp: "Enviaremos o convite para este endereço.",
    role: "Função",
    language: "Idioma",
    languageHelp: "Para todos os e-mails e páginas deste convite.",
    note: "Mensagem (opcional)",
    noteHelp: (max) => `Texto sem formatação, até ${max} caracteres. Aparece no e-mail.`,
    send: "Enviar convite",
    createWithoutEmail: "Criar sem enviar e-mail",
    withoutEmailHelp: "Se criar sem enviar e-mail, você poderá copiar o link de cadastro e compartilhá-lo.",
  },

  editInvite: {
    title: "Editar convite",
    titleResend: "Editar e reenviar",
    save: "Salvar",
    sentEmailHelp:
      "Se você mudar o endereço, enviaremos o convite para lá com um novo link. Os links anteriores deixarão de funcionar.",
    unsentEmailHelp: "Se você mudar o endereço, os links copiados antes deixarão de funcionar.",
    conflict:
      "Alguém alterou este convite depois que você abriu o formulário. Sua versão está abaixo: salve de novo para substituir a outra.",
    otherDetails: "Outros dados",
    sameAddressTitle: "O endereço está correto?",
    sameAddressText: (address) => `Se estiver, reenvie o convite para ${address}.`,
    allowText: (name) =>
      `Envie o convite somente se ${name} tiver pedido. A partir daí, este endereço voltará a receber seus e-mails.`,
    allowAndResend: "Permitir e-mails e reenviar",
  },

  copyLink: {
    title: "Link de cadastro",
    forPerson: (name) => `Para ${name}`,
    help: (expiresOn, name, email, minutes) => [
      "O link é válido até ",
      expiresOn,
      `, e quem o abrir precisará digitar um código que enviaremos para ${email} e que é válido por ${minutes} minutos. Assim, só ${name} poderá usá-lo. Os links enviados por e-mail continuam funcionando.`,
    ],
    done: "Concluir",
  },

  invite: {
    region: "Convite",
    timeline: "Histórico",
    contact: "Contato",
    email: "E-mail",
    days: (days) => (days === 1 ? "1 dia" : `${days} dias`),
    invited: "Criado",
    copyLink: "Copiar link",
    edit: "Editar",
    editAndResend: "Editar e reenviar",
    resend: "Reenviar convite",
    send: "Enviar convite",
    resendIn: (time) => `Reenviar em ${time}`,
    toPerson: (name) => `para ${name}`,
    inviteTo: (name) => `o convite para ${name}`,
    revoke: "Revogar",
    revokeLabel: (name) => `Revogar o convite para ${name}`,
    undo: "Desfazer",
    flashes: {
      resent: (to) => `O convite para ${to} está a caminho, com um novo link.`,
      revoked: (to) => `O convite para ${to} foi revogado.`,
      restored: (to) => `O convite para ${to} está pendente de novo. O link voltou a funcionar.`,
      created: (to) => `O convite para ${to} foi criado. Nenhum e-mail foi enviado: copie o link e compartilhe-o.`,
      saved: (to) => `O convite para ${to} foi salvo. Os links atuais continuam funcionando.`,
      addressChanged: (to) =>
        `O convite para ${to} foi salvo. Os links copiados antes não funcionam mais. Copie um novo.`,
      unchanged: "Nada foi alterado nem enviado.",
    },
  },

  inviteStatuses: {
    pending: "Pendente",
    accepted: "Aceito",
    expired: "Expirado",
    revoked: "Revogado",
    declined: "Recusado",
  },
  emailStatuses: {
    queued: "Na fila",
    sent: "Enviado",
    delivered: "Entregue",
    deferred: "Atrasado",
    bounced: "Devolvido",
    complained: "Marcado como spam",
    failed: "Não enviado",
  },
  emailErrors: {
    suppressed: "Não enviamos e-mails para este endereço",
    exhausted: "O envio falhou várias vezes",
    no_mailbox: "A caixa de correio não existe",
    no_domain: "O domínio não existe",
    no_mail_domain: "O domínio não aceita e-mails",
    mailbox_disabled: "A caixa de correio está desativada",
    mailbox_full: "A caixa de correio está cheia",
    rejected: "O servidor de destino recusou a mensagem",
    try_later: "O servidor de destino pediu para tentar mais tarde",
    waiting: "No momento, não conseguimos enviar e-mails e continuamos tentando",
    held: "Retido após uma restauração, pois talvez já tenha sido enviado",
  },
  statusLine: {
    notEmailed: "Nenhum e-mail enviado",
    timesSent: (count) => `enviado ${count} vezes`,
    expires: (expiresOn) => ["expira em ", expiresOn],
    expired: (expiredAt) => ["Expirou: ", expiredAt],
    joined: (joinedAt) => ["Ingressou: ", joinedAt],
    opened: (openedAt) => ["link aberto: ", openedAt],
    sent: (sentAt) => ["enviado: ", sentAt],
    revoked: "O link não funciona mais",
    declined: "Recusado por quem o recebeu",
  },

  timeline: {
    actions: {
      "invite.created": "Convite criado",
      "invite.sent": "E-mail enviado para",
      "invite.failed": "E-mail não enviado:",
      "invite.delivered": "E-mail entregue",
      "invite.deferred": "E-mail atrasado:",
      "invite.bounced": "E-mail devolvido:",
      "invite.complained": "E-mail marcado como spam",
      "invite.updated": "Convite editado:",
      "invite.billing_changed": "Conta de faturamento alterada",
      "invite.link_issued": "Link copiado",
      "invite.code_sent": "Código pedido com um link copiado para",
      "invite.form_started": "Preenchimento do formulário iniciado",
      "invite.link_repeated": "A pedido do contato, link mais recente reenviado para",
      "invite.reminded": "Lembrete enviado",
      "invite.advanced": "Adiantado no tempo",
      "invite.opened": "Link aberto",
      "invite.declined": "Convite recusado",
      "invite.unsubscribed": "Inscrição cancelada",
      "invite.resent": "Novo link enviado para",
      "invite.revoked": "Convite revogado",
      "invite.restored": "Revogação desfeita",
      "invite.expired": "Convite expirado",
      "invite.accepted": "Convite aceito",
      "invite.purged": "Dados pessoais excluídos",
      "invite.code_refused": "Código incorreto",
      "invite.sign_in_failed": "Falha no login com o link",
      "invite.limit_reached": "Limite de tentativas atingido",
    },
    renewed: "A pedido do contato, novo link enviado para",
    noValue: "vazio",
    system: "Sistema",
    theContact: "O contato",
    contact: (name) => `${name} (contato)`,
    member: (name) => `${name} (membro)`,
  },

  privacy: {
    purgedInvite: "Contato excluído",
    purged: (when) => ["Os dados pessoais deste convite foram excluídos (", when, ")."],
    purgeTitle: "Excluir dados pessoais",
    purgeText:
      "Exclui permanentemente o nome, o endereço, a mensagem e os e-mails deste convite. Sem esses dados, o convite continua nas listas e nos totais.",
    purge: "Excluir dados",
    personTitle: "Remover e excluir dados pessoais",
    personText:
      "Também exclui o nome, o endereço, a senha e as sessões da pessoa, a menos que ela faça parte de outra conta. Os convites pendentes e os de outras empresas mantêm o nome e o endereço até serem excluídos. Esta ação não pode ser desfeita.",
    flashes: { purged: "Dados pessoais excluídos." },
  },

  passwordReset: {
    title: "Esqueceu a senha?",
    help: "Digite o e-mail que você usa para fazer login. Enviaremos um link para você escolher uma nova senha.",
    email: "E-mail",
    submit: "Receber um link",
    back: "Voltar ao login",
    sentTitle: "Confira sua caixa de entrada",
    sent: (address, minutes, waitMinutes) =>
      `Se houver uma conta com ${address}, enviaremos um link para esse endereço. Ele é válido por ${minutes} minutos. Se não chegar, confira a pasta de spam. Depois de vários pedidos no mesmo dia, enviamos o próximo link ${waitMinutes} minutos após o último, que continua válido.`,
    newTitle: "Escolha uma nova senha",
    newHelp: "Quando você salvar, todas as suas sessões serão encerradas. Depois, faça login com a nova senha.",
    newPassword: "Nova senha",
    save: "Salvar senha",
    invalidTitle: "Este link não funciona mais",
    invalid: (minutes) =>
      `Cada link só pode ser usado uma vez, em até ${minutes} minutos, e somente enquanto a senha e o endereço não mudarem.`,
    askAgain: "Receber um novo link",
    done: "Sua senha foi alterada. Faça login com a nova.",
  },

  profile: {
    title: "Seu perfil",
    name: { title: "Nome", label: "Seu nome", save: "Salvar nome", saved: "Seu nome foi alterado." },
    preferences: {
      title: "Preferências",
      themeLabel: "Tema",
      themes: { system: "Sistema", light: "Claro", dark: "Escuro" },
      timeZone: "Fuso horário",
      automatic: "Automático (o do seu navegador)",
      timeZoneHelp: "Para todos os horários das suas páginas, por exemplo America/Sao_Paulo.",
      save: "Salvar",
      saved: "Suas preferências foram salvas.",
    },
    password: {
      title: "Senha",
      current: "Senha atual",
      new: "Nova senha",
      help: (min) => `Use ${min} caracteres ou mais. Ao mudar a senha, suas outras sessões serão encerradas.`,
      save: "Mudar senha",
      saved: "Sua senha foi alterada e suas outras sessões foram encerradas.",
      none: "Você não tem senha: faz login com uma chave de acesso.",
      add: "Adicionar uma senha",
    },
    email: {
      title: "Endereço de e-mail",
      current: (address) => `Você faz login com ${address}.`,
      label: "Novo endereço de e-mail",
      help: "Enviaremos um link para cada endereço. A mudança só valerá depois que você confirmar nos dois.",
      save: "Mudar endereço",
      requested: "Estamos enviando um link para cada endereço. Abra os dois para confirmar a mudança.",
      waiting: (address) => `Para mudar seu endereço para ${address}, confirme nos dois links que enviamos.`,
      confirmedCurrent: "Você já confirmou no endereço atual.",
      confirmedNew: "Você já confirmou no novo endereço.",
      cancel: "Cancelar mudança",
      cancelled: "Mudança cancelada. Seu endereço continua o mesmo.",
    },
    sessions: {
      title: "Suas sessões ativas",
      current: "Esta sessão",
      device: (browser, system) => `${browser} no ${system}`,
      unknownDevice: "Dispositivo desconhecido",
      unknownPlace: "Local desconhecido",
      near: (place) => `Perto de ${place}`,
      lastUsed: (day) => ["Último uso: ", day],
      signOut: "Encerrar sessão",
      signOutOthers: "Encerrar as outras sessões",
      ended: "Sessão encerrada.",
      othersEnded: "Suas outras sessões foram encerradas.",
      help: (days) => `Cada sessão dura no máximo ${days} dias.`,
    },
  },

  personSessions: {
    title: "Sessões",
    text: (name) => `Encerre as sessões de ${name} em todos os dispositivos, por exemplo, após a perda de um deles.`,
    submit: "Encerrar todas as sessões",
    ended: "As sessões foram encerradas em todos os dispositivos.",
  },

  emailChange: {
    title: "Confirme seu endereço de e-mail",
    text: (address, platform) => `Confirme que você quer fazer login em ${platform} com ${address} a partir de agora.`,
    submit: "Confirmar",
    waitingTitle: "Falta um link",
    waiting: {
      current: (address) => `Confirmado. Agora abra o link que enviamos para ${address}.`,
      new: "Confirmado. Agora abra o link que enviamos para seu endereço atual.",
    },
    changedTitle: "Seu endereço foi alterado",
    changed: (address) => `A partir de agora, faça login com ${address}.`,
    takenTitle: "Este endereço não pode ser usado",
    taken: "Outra conta passou a usar este endereço. O seu continua o mesmo.",
    invalidTitle: "Este link não funciona mais",
    invalid: (hours) =>
      `Cada link é válido por ${hours} horas. Ele deixa de funcionar quando a mudança é concluída ou cancelada, ou quando a senha muda.`,
    signIn: "Ir para o login",
  },

  securityNotices: {
    password_changed: "Sua senha foi alterada",
    password_reset: "Sua senha foi redefinida por e-mail",
    email_changed: "Seu endereço de e-mail foi alterado",
    passkey_added: "Uma chave de acesso foi adicionada à sua conta",
    passkey_removed: "Uma chave de acesso foi removida da sua conta",
    authenticator_added: "Um aplicativo autenticador foi configurado na sua conta",
    authenticator_removed: "O aplicativo autenticador foi removido da sua conta",
    recovery_codes_created: "Novos códigos de recuperação foram criados para a sua conta",
    factors_reset:
      "Após um aviso de perda, suas chaves de acesso, seu aplicativo autenticador e seus códigos de recuperação foram excluídos",
  },

  securityAdvice: {
    choosePassword: "Se foi você, não é preciso fazer nada. Se não foi, escolha uma nova senha imediatamente:",
    changedAddress: (platform) =>
      `Este endereço não serve mais para fazer login em ${platform}. Se foi você, não é preciso fazer nada. Se não foi, alguém consegue ler seus e-mails: troque a senha da sua caixa de entrada e depois peça a alguém com a função de Admin na sua conta que remova você de lá e envie um novo convite.`,
  },

  secondFactor: {
    title: "Verificação em duas etapas",
    intro: "Sua senha está correta. Agora confirme que é você.",
    code: "Código",
    codeHelp: "Os seis dígitos do seu aplicativo autenticador ou um dos seus códigos de recuperação.",
    recoveryCodeHelp: "Um dos seus códigos de recuperação.",
    submit: "Fazer login",
    usePasskey: "Usar uma chave de acesso",
    passkeyFailed: "Não conseguimos usar esta chave de acesso. Tente novamente.",
    passkeyFailedAtSignIn:
      "Não foi possível fazer login com esta chave de acesso. Tente novamente ou digite sua senha.",
    wrongCode: "Este código não é válido ou já foi usado.",
    lastAttempt: "Essa foi a última tentativa. Faça login de novo.",
    expired: "O tempo acabou. Digite sua senha de novo.",
    startOver: "Começar de novo",
    lost: "Perdeu seu dispositivo? Digite um código de recuperação. Se não tiver nenhum, alguém com a função de Admin na sua conta pode redefinir seu segundo fator.",
  },

  confirmIdentity: {
    title: "Confirme que é você",
    intro: "Seu login foi feito há algum tempo. Antes de fazer esta alteração, confirme que é você.",
    kept: "Nada foi alterado ainda, e mantivemos o que você digitou.",
    password: "Senha",
    submit: "Confirmar",
    wrongPassword: "Esta não é a sua senha.",
    confirmedTitle: "Só mais um passo",
    confirmed: "Confirmado. Nada foi alterado ainda: continue para fazer a alteração.",
    continue: "Continuar",
    cancel: "Cancelar",
  },

  factors: {
    requiredTitle: "Proteja sua conta",
    requiredIntro: (account) =>
      `Para fazer login, ${account} exige a verificação em duas etapas. Configure uma destas opções para continuar. Leva um minuto.`,
    intro: "Adicione uma segunda etapa ao login para que ninguém consiga entrar só com a sua senha.",
    done: "Concluir",
    cancel: "Cancelar",
    remove: "Remover",
    changed: "Salvo. Suas outras sessões foram encerradas.",
    othersSignedOut:
      "Quando você mudar sua forma de fazer login, encerraremos suas outras sessões e avisaremos por e-mail.",
    passkeys: {
      title: "Chaves de acesso",
      text: "Faça login com sua impressão digital, seu rosto ou o bloqueio de tela. Uma chave de acesso substitui a senha e a segunda etapa.",
      none: "Você ainda não tem chaves de acesso.",
      add: "Adicionar uma chave de acesso",
      name: "Nome",
      nameHelp: "Para diferenciar suas chaves de acesso; por exemplo, o nome do dispositivo.",
      create: "Criar chave de acesso",
      unsupported: "Para usar chaves de acesso, você precisa de um navegador compatível e do JavaScript ativado.",
      refused: "Não conseguimos adicionar esta chave de acesso. Tente novamente.",
      added: (addedAt) => ["adicionada: ", addedAt],
      used: (usedAt) => ["último uso: ", usedAt],
      neverUsed: "nunca usada",
      confirmRemove: (name) => `Remover a chave de acesso ${name}? Você não poderá mais fazer login com ela.`,
    },
    authenticator: {
      title: "Aplicativo autenticador",
      text: "Um aplicativo no seu celular mostra um novo código a cada 30 segundos. Pediremos o código depois da senha.",
      on: "Seu aplicativo autenticador está configurado.",
      off: "Você não tem um aplicativo autenticador.",
      add: "Configurar um aplicativo",
      replace: "Configurar outro aplicativo",
      scan: "Escaneie este código com um aplicativo autenticador.",
      qrCode: "Código QR para seu aplicativo autenticador",
      manual: "Ou digite esta chave no aplicativo",
      code: "Código",
      codeHelp: "Os seis dígitos que o aplicativo mostra.",
      verify: "Ativar",
      wrongCode: "Este não é o código que o aplicativo mostra agora. Confira a hora do seu celular.",
      confirmRemove: "Remover seu aplicativo autenticador? Não pediremos mais os códigos dele.",
    },
    recoveryCodes: {
      title: "Códigos de recuperação",
      text: "Cada código pode ser usado uma vez, no lugar do aplicativo autenticador ou da chave de acesso. Guarde os códigos em um lugar seguro.",
      first: "Sua conta está pronta. O login é feito com a sua chave de acesso.",
      shownOnce: "Salve estes códigos agora. Você não poderá vê-los de novo.",
      left: (count) => (count === 1 ? "Resta 1 código." : `Restam ${count} códigos.`),
      create: "Criar novos códigos",
      copy: "Copiar códigos",
    },
    reset: {
      title: "Segundo fator",
      text: (name) =>
        `Se ${name} perdeu o dispositivo, exclua as chaves de acesso, o aplicativo autenticador e os códigos de recuperação dessa pessoa. As sessões dela serão encerradas e ela poderá fazer login com a senha.`,
      submit: "Redefinir segundo fator",
      done: "O segundo fator foi excluído. Avisamos a pessoa por e-mail.",
    },
  },

  registrationByPasskey: {
    create: "Criar conta com uma chave de acesso",
    accept: "Aceitar com uma chave de acesso",
    help: "Sem senha: basta sua digital, seu rosto ou o bloqueio de tela.",
    or: "ou com uma senha",
    cancelled: "Nenhuma chave de acesso foi criada. Tente novamente ou escolha uma senha.",
  },

  guessLimit: {
    sooner: (resetLink) => ["Enquanto isso, você pode usar uma chave de acesso ou ", resetLink, "."],
    resetPassword: "redefinir sua senha",
  },
} satisfies Messages
