import { type ErrorParams, StudioError } from './errors.ts';

/** Words of reasons in one language; values go by the names in braces, numbers are shares. */
const en = {
  /** The build for this system, or the system itself, does not have it. */
  otherSystem: 'It does not exist for this system ({system}).',
  librariesMissing: 'The libraries of {library} are in none of the folders that were searched: {folders}.',
  tensorflowMissing:
    'The libraries of TensorFlow are neither in the Python that this computer starts nor in any of the folders that were searched: {folders}.',
  packagesMissing: 'None of the packages {packages} is installed.',
  otherVersion:
    'The libraries that were found are of {library} {found}; this program needs those of {needed}.',
  otherProcess:
    'Its process has {library} already, in another form ({has}); it can only be tried in a process of its own.',
  notLoaded: '{library} in {folder} could not be loaded.',
  noDriver: 'No driver of an NVIDIA card runs on this computer.',
  noDevice: '{library} finds no graphics card here.',
  noDeviceIn: '{library} in {folder} finds no device here that it could use.',
  onlyProcessor: '{library} finds no graphics card here but “{name}”, which is the processor.',
  refused: 'It does not start on this computer.',
  wrongGradients: 'Its gradients differ from the reference by {difference}; {allowed} is allowed.',
  noNumbers: 'Some of its results were not numbers.',
  operatorFailed: 'It fails at an operator that training needs ({operator}).',
  outOfMemory: 'The memory did not suffice to try it.',
  deviceLost: 'The device stopped answering while it was tried.',
  failed: 'It failed when it was tried.',
  processEnded: 'Its process ended unexpectedly ({how}).',
  timedOut: 'It did not answer in time.',
  notMeasured: 'It has not been measured on this computer.',
  notKnown: 'This program does not have it.',
  /** Of records that kept English words instead of a code. */
  noted: 'An earlier version noted: “{said}”',
} as const;

/** Why exactly an executor cannot be used. */
export type ExecutorReasonCode = keyof typeof en;
export const executorReasonCodes = Object.keys(en) as readonly ExecutorReasonCode[];

const ptBr: Readonly<Record<ExecutorReasonCode, string>> = {
  otherSystem: 'Ele não existe para este sistema ({system}).',
  librariesMissing:
    'As bibliotecas de {library} não estão em nenhuma das pastas em que foram procuradas: {folders}.',
  tensorflowMissing:
    'As bibliotecas do TensorFlow não estão no Python que este computador inicia nem em nenhuma das pastas em que foram procuradas: {folders}.',
  packagesMissing: 'Nenhum dos pacotes {packages} está instalado.',
  otherVersion: 'As bibliotecas encontradas são de {library} {found}; este programa precisa das de {needed}.',
  otherProcess:
    'O processo dele já tem {library} de outra forma ({has}); só pode ser experimentado num processo próprio.',
  notLoaded: '{library}, em {folder}, não pôde ser carregado.',
  noDriver: 'Nenhum driver de placa NVIDIA está em funcionamento neste computador.',
  noDevice: '{library} não encontra aqui nenhuma placa de vídeo.',
  noDeviceIn: '{library}, em {folder}, não encontra aqui nenhum dispositivo que possa usar.',
  onlyProcessor: '{library} não encontra aqui placa de vídeo, só “{name}”, que é o processador.',
  refused: 'Ele não inicia neste computador.',
  wrongGradients: 'Os gradientes dele diferem da referência em {difference}; admite-se {allowed}.',
  noNumbers: 'Alguns dos resultados dele não eram números.',
  operatorFailed: 'Ele falha num operador de que o treinamento precisa ({operator}).',
  outOfMemory: 'A memória não bastou para experimentá-lo.',
  deviceLost: 'O dispositivo parou de responder enquanto era experimentado.',
  failed: 'Ele falhou ao ser experimentado.',
  processEnded: 'O processo dele terminou de repente ({how}).',
  timedOut: 'Ele não respondeu a tempo.',
  notMeasured: 'Ele não foi medido neste computador.',
  notKnown: 'Este programa não o tem.',
  noted: 'Uma versão anterior anotou, em inglês: “{said}”',
};

const words = { en, 'pt-BR': ptBr } as const;
const ownMessage = { en: 'Its own message: “{said}”', 'pt-BR': 'Mensagem original: “{said}”' } as const;

/** Languages that reasons are told in. */
export type ReasonLanguage = keyof typeof words;

/** Why an executor cannot be used: a reason of ours with its values, and what a library said itself, as it said it. */
export interface ExecutorReason {
  readonly why: ExecutorReasonCode;
  readonly params: ErrorParams;
  readonly said: string | null;
}

/** A reason of ours, with a library's own words where it had some. */
export function executorReason(
  why: ExecutorReasonCode,
  params: ErrorParams = {},
  said: string | null = null,
): ExecutorReason {
  return { why, params, said: said?.trim() || null };
}

/** Our sentence of a reason, in a language. */
export function reasonSentence({ why, params, said }: ExecutorReason, language: ReasonLanguage): string {
  return filled(words[language][why], { ...params, said: said ?? '' }, language);
}

/** What a library said itself, marked as that; null where it said nothing. */
export function reasonQuote({ why, said }: ExecutorReason, language: ReasonLanguage): string | null {
  return said === null || why === 'noted' ? null : filled(ownMessage[language], { said }, language);
}

/** All that is known of a reason: our sentence, then the library's own words. */
export function reasonText(reason: ExecutorReason, language: ReasonLanguage): string {
  return [reasonSentence(reason, language), reasonQuote(reason, language)]
    .filter((part) => part !== null)
    .join(' ');
}

function filled(template: string, params: ErrorParams, language: string): string {
  const percent = (share: number) =>
    `${new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(100 * share)}\u00a0%`;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '?';
    return typeof value === 'number' ? percent(value) : value;
  });
}

/** The refusal of an executor; `next`: what can be done, in English. */
export function unavailableExecutor(title: string, reason: ExecutorReason, next = ''): StudioError {
  const { why, params, said } = reason;
  return new StudioError(
    'EXECUTOR_UNAVAILABLE',
    `${title} is to compute this and cannot be used here. ${reasonText(reason, 'en')} ${next}`.trim(),
    { ...params, executor: title, because: why, ...(said !== null && { said }) },
  );
}

/** The reason that a refusal carries, in failures that earlier versions stored as well; null where it has none. */
export function reasonIn({ because, said, reason, ...params }: ErrorParams): ExecutorReason | null {
  const why = executorReasonCodes.find((each) => each === because);
  if (why) return executorReason(why, params, typeof said === 'string' ? said : null);
  return typeof reason === 'string' ? executorReason('noted', {}, reason) : null;
}
