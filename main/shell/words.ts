/** The few sentences that the shell itself says; everything else is the page's. */
export interface Words {
  readonly quitTitle: string;
  readonly quitDetail: string;
  readonly quit: string;
  readonly stay: string;
  readonly engineTitle: string;
  readonly engineDetail: string;
  readonly restart: string;
  readonly openFailed: string;
  readonly edit: string;
  readonly view: string;
  readonly window: string;
}

const english: Words = {
  quitTitle: 'A training is running. Quit anyway?',
  quitDetail: 'What it has learned so far is kept; you can resume it later.',
  quit: 'Quit',
  stay: 'Keep training',
  engineTitle: 'The part of Enxerto that keeps your project has stopped twice.',
  engineDetail: 'Everything you saw as saved is on the disk. Restart to go on; the log is in {folder}.',
  restart: 'Restart',
  openFailed: 'The project could not be opened',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
};

const portuguese: Words = {
  quitTitle: 'Há um treino em andamento. Sair mesmo assim?',
  quitDetail: 'O que ele aprendeu até agora fica guardado; você pode retomá-lo depois.',
  quit: 'Sair',
  stay: 'Continuar treinando',
  engineTitle: 'A parte do Enxerto que guarda o seu projeto parou duas vezes.',
  engineDetail:
    'Tudo o que apareceu como salvo está no disco. Reinicie para continuar; o registro está em {folder}.',
  restart: 'Reiniciar',
  openFailed: 'Não foi possível abrir o projeto',
  edit: 'Editar',
  view: 'Exibir',
  window: 'Janela',
};

/** The words in the person's language; `language` is a setting or a system language such as `pt`. */
export function wordsFor(language: string): Words {
  return /^pt\b/i.test(language) ? portuguese : english;
}
