import { ptBrAugmentation } from './augmentation.ts';
import type { Messages } from './messages.ts';

const corrected = (comparisons: number): string =>
  comparisons > 1 ? `, corrigido para ${comparisons} comparações` : '';

/** The report in Brazilian Portuguese. */
export const ptBr: Messages = {
  title: (run) => `Resultados de ${run}`,
  headline: (right, giveOrTake) =>
    giveOrTake === null
      ? `${right} de 100 certas`
      : `${right} de 100 certas, ${giveOrTake} para mais ou para menos`,
  headlineSets: (right, giveOrTake) =>
    `${right} de 100 imagens com todos os rótulos certos${giveOrTake === null ? '' : `, ${giveOrTake} para mais ou para menos`}`,
  notJudged: 'Não avaliado: não havia imagens que pudessem ficar de fora para o teste',
  tested: (count, shown) =>
    count === 1
      ? '1 imagem testada por um modelo que nunca a tinha visto.'
      : `${shown} imagens testadas, cada uma por um modelo que nunca a tinha visto.`,
  beforeYouBelieve: 'Antes de acreditar no número',
  weakest: (found, of, share, range) =>
    `${found} de ${of} encontradas (${share}; intervalo de 95\u00a0%: ${range})`,
  weakestLabel: 'Classe mais fraca',
  interval95: 'intervalo de 95\u00a0%',
  terms: {
    accuracy: 'acurácia',
    balancedAccuracy: 'acurácia balanceada',
    macroF1: 'F1 macro',
    subsetAccuracy: 'acurácia de subconjunto',
    precision: 'precisão',
    recall: 'revocação',
    f1: 'F1',
  },
  plainTerms: {
    accuracy: 'Imagens certas',
    balancedAccuracy: 'Acertos com o mesmo peso para cada classe',
    macroF1: 'Encontradas e bem citadas, média das classes',
    subsetAccuracy: 'Imagens com todos os rótulos certos',
  },
  classColumns: { recall: 'Encontradas', precision: 'Certas quando citada', f1: 'As duas juntas' },
  explain: {
    precision: 'das respostas que citam a classe, quantas estão certas',
    recall: 'das imagens da classe, quantas são encontradas',
    f1: 'a média harmônica das duas',
  },
  headings: {
    rivals: 'Diante dos rivais',
    classes: 'Classe por classe',
    confusion: 'O que se confunde com o quê',
    mistakes: 'Piores erros',
    doubts: 'Rótulos a conferir',
    certainty: 'Se dá para confiar na certeza',
    curves: 'Como aprendeu',
    recipe: 'Receita',
    split: 'Como foi testado',
    export: 'Certificado de exportação',
    record: 'Registro',
  },
  columns: {
    strategy: 'Como aprendeu',
    right: 'Certas',
    balanced: 'Classes com o mesmo peso',
    time: 'Tempo',
    class: 'Classe',
    images: 'Imagens',
    fold: 'Parte',
    phase: 'Fase',
    learns: 'O que aprende',
    epochs: 'Épocas, no máximo',
    rate: 'Taxa',
    backboneRate: 'Último bloco ×',
    blockDecay: 'Cada bloco abaixo ×',
    weightDecay: 'Decaimento dos pesos',
    schedule: 'Agendamento',
    warmUp: 'Aquecimento',
    epoch: 'Época',
    trainLoss: 'Perda, treino',
    heldOutLoss: 'Perda, reserva',
    trainRight: 'Certas, treino',
    heldOutRight: 'Certas, reserva',
  },
  strategies: {
    featureExtraction: { plain: 'Só a parte nova aprende', term: 'extração de características' },
    fineTuning: { plain: 'A rede também se ajusta', term: 'ajuste fino' },
    hybrid: {
      plain: 'Primeiro a parte nova, depois a rede se ajusta',
      term: 'extração de características, depois ajuste fino',
    },
    scratch: { plain: 'Uma rede pequena aprende do nada', term: 'treinamento do zero' },
  },
  commonest: { plain: 'Sempre a classe mais comum', term: 'não olha imagem nenhuma' },
  guessCaption:
    'Ponto: proporção certa; barra: seu intervalo de 95\u00a0%, numa linha de 0 a 100\u00a0%. Tracejado: sempre a classe mais comum.',
  foldsVary: (mean, deviation) => `Média das partes ${mean}, desvio padrão de ${deviation} pontos.`,
  thisRun: 'este treino',
  better: (v) =>
    `${v.second}: melhor que ${v.first}, ${v.points} pontos (intervalo de 95\u00a0%: ${v.low} a ${v.high}). O acaso sozinho dificilmente daria isso (${v.test}, p\u00a0${v.p}${corrected(v.comparisons)}).`,
  worse: (v) =>
    `${v.second}: pior que ${v.first}, ${v.points} pontos (intervalo de 95\u00a0%: ${v.low} a ${v.high}). O acaso sozinho dificilmente daria isso (${v.test}, p\u00a0${v.p}${corrected(v.comparisons)}).`,
  noEvidence: (v) =>
    `Não há evidência de diferença entre ${v.first} e ${v.second}: ${v.points} pontos (intervalo de 95\u00a0%: ${v.low} a ${v.high}; ${v.test}, p\u00a0${v.p}${corrected(v.comparisons)}). Isso não quer dizer que sejam iguais.`,
  tellable: (v, points) =>
    `As respostas diferem em ${v.differing} de ${v.images} imagens; uma vantagem de menos de ${points} pontos não se distinguiria do acaso.`,
  tooFewDiffer: (v) =>
    `As respostas diferem em ${v.differing} de ${v.images} imagens; com tão poucas, nenhuma diferença se distingue do acaso, seja qual for o lado.`,
  groupsTell:
    'As imagens vêm em grupos, que valem um cada: são os grupos, não as imagens, que decidem o quanto se pode dizer.',
  tests: { mcnemar: 'teste exato de McNemar', groupSwap: 'teste que troca os dois resultados grupo a grupo' },
  whatCanBeTold: (count, standardError) =>
    `Com ${count} imagens testadas, um erro padrão da proporção de acertos é de ${standardError} pontos. Diferenças desse tamanho vão e vêm por acaso; para distingui-las são precisas mais imagens.`,
  noRivals:
    'Nenhuma outra estratégia foi treinada nestas imagens; por isso não se sabe se o pré-treinamento ajudou.',
  confusionCaption: 'Linhas: o rótulo. Colunas: a resposta. Sombreado: proporção da linha.',
  labelledAs: 'Rótulo',
  answeredAs: 'Resposta',
  noConfusion: 'Com vários rótulos por imagem não há tabela do que se confunde com o quê.',
  pair: (count, images, share) => `${images} ${count === 1 ? 'imagem' : 'imagens'} (${share} da classe)`,
  doubtsLead: (count, labels, listed) =>
    `${labels} ${count === 1 ? 'rótulo parece errado' : 'rótulos parecem errados'} a um modelo que não ${count === 1 ? 'o' : 'os'} tinha aprendido${listed < count ? `; estão listados os ${listed} mais duvidosos` : ''}. Quem erra pode ser o modelo: olhe antes de mudar.`,
  doubtColumns: { file: 'Arquivo', sureOfLabel: 'Certeza do rótulo' },
  noDoubts:
    'Nenhum rótulo parece errado a um modelo que não o tinha aprendido. Rótulos errados todos do mesmo jeito não seriam encontrados.',
  doubtsFew: (enough) =>
    `Uma classe tem menos de ${enough} imagens testadas: mal se sabe qual é a resposta habitual a elas. Tome isto, no máximo, como um indício.`,
  certaintyLead: 'Onde ele diz ter 90\u00a0% de certeza, 9 de 10 respostas deveriam estar certas.',
  certaintyFew: (count, images) =>
    `Só ${images} ${count === 1 ? 'imagem foi testada' : 'imagens foram testadas'}, poucas em cada linha: só por acaso as proporções variam muitos pontos e a distância sai grande demais. Tome isto como uma primeira impressão.`,
  certaintyColumns: { said: 'Certeza declarada', sure: 'Média', right: 'Certas' },
  certaintyRows: {
    expectedError: 'Distância média (erro esperado de calibração)',
    brier: 'Escore de Brier, o melhor é 0',
    logLoss: 'Perda logarítmica, o melhor é 0',
    topTwo: 'Classe certa entre as duas mais prováveis',
  },
  pointsUnit: 'pontos',
  noMistakes: 'Nenhuma imagem testada recebeu resposta errada.',
  mistake: (sure) => `${sure} de certeza`,
  noPicture: 'sem imagem',
  nothingElse: 'nenhum',
  curveLoss: 'Perda',
  curveRight: 'Proporção certa',
  training: 'treino',
  heldOut: 'reserva, para parar na hora certa',
  curvesCaption: (models) =>
    models > 1
      ? `Grosso: média de ${models} modelos; fino: cada modelo. A reserva fica dentro da parte de treino; as imagens testadas não estão em nenhuma das duas.`
      : 'A reserva fica dentro da parte de treino; as imagens testadas não estão em nenhuma das duas.',
  curveSummary: (what, first, last, heldOut) =>
    `${what}: treino de ${first} a ${last}${heldOut === null ? '' : `, reserva por fim ${heldOut}`}`,
  noCurves: 'Nenhuma curva foi registrada.',
  numbers: 'Os números',
  phases: { head: 'Só a parte nova aprende', fineTuning: 'A rede também se ajusta', scratch: 'Tudo aprende' },
  schedules: {
    cosine: 'cosseno',
    constant: 'constante',
    oneCycle: 'um ciclo',
    slantedTriangular: 'triangular inclinado',
    step: 'em degraus',
    plateau: 'menor quando estaciona',
  },
  onlyHead: 'a parte nova',
  recipeRows: {
    strategy: 'Estratégia',
    backbone: 'Rede pré-treinada',
    input: 'Entrada',
    features: 'Características',
    head: 'Parte nova',
    batch: 'Lote',
    optimiser: 'Otimizador',
    loss: 'Perda',
    average: 'Média dos pesos',
    l2sp: 'L2-SP',
    smoothing: 'Suavização dos rótulos',
    weights: 'Pesos das classes',
    clip: 'Gradientes encurtados a',
    augmentation: 'Aumento de dados',
    stopping: 'Parada antecipada',
    batchNorm: 'Normalização',
    seed: 'Semente',
  },
  batch: (images, gathered) =>
    gathered === null ? images : `${images}, gradientes de ${gathered} lotes reunidos num passo`,
  optimiser: { adamw: 'AdamW', sgd: 'SGD' },
  momentum: (momentum, nesterov) => `momento ${momentum}${nesterov ? ' (Nesterov)' : ''}`,
  decayed: {
    weights: 'sem decaimento de vieses e normalizações',
    everything: 'com decaimento também de vieses e normalizações',
  },
  loss: (gamma) => (gamma === null ? 'entropia cruzada' : `focal, gama ${gamma}`),
  ema: (decay, warmUp) =>
    `média móvel exponencial, decaimento ${decay}${warmUp === 'none' ? '' : warmUp === 'ramp' ? ', crescendo até ele' : ', com o viés descontado'}`,
  swa: (start, rate) =>
    `média igual dos fins de época (SWA) depois de ${start} de cada fase${rate === null ? '' : `, taxa mantida em ${rate} do pico`}`,
  l2sp: (alpha, beta) => `alfa ${alpha}, beta ${beta}, no lugar do decaimento de pesos`,
  drop: (schedule, factor, epochs) => `${schedule}: × ${factor}, ${epochs} épocas`,
  noBackbone: 'nenhuma: aprendeu do nada',
  input: (shape, size) =>
    `${shape === 'aspect' ? 'a proporção das próprias fotos' : 'comprimida em um quadrado'}, lado menor ${size === null ? 'conforme a ficha da rede' : `de ${size} px`}`,
  features: { last: 'do último estágio', multiLevel: 'de vários estágios, lado a lado' },
  head: (hidden, dropout) =>
    `${hidden === null ? 'linear' : `camada oculta de ${hidden}`}, dropout ${dropout}`,
  weights: { none: 'nenhum', balanced: 'classes raras contam mais' },
  none: 'nenhum',
  flips: (horizontal, vertical) =>
    horizontal && vertical
      ? 'espelhada nos dois sentidos'
      : horizontal
        ? 'espelhada na horizontal'
        : 'espelhada na vertical',
  views: (count) => (count === 1 ? '1 vista por imagem' : `${count} vistas por imagem`),
  augmentation: ptBrAugmentation,
  stopping: (patience, share) =>
    patience === null
      ? 'nenhuma: todas as épocas foram feitas'
      : `após ${patience} épocas sem melhora, observando ${share} da parte de treino; ficam os melhores pesos`,
  batchNorm: {
    folded: 'normalização em lote incorporada às convoluções',
    inference: 'normalização em lote com as estatísticas que vieram com a rede',
    group: 'em grupos de canais dentro de cada imagem',
    batch: (momentum) =>
      `pelo lote onde a rede aprende, com estatísticas móveis para as respostas (momento ${momentum})`,
  },
  evaluation: {
    kFold: (folds, seed) =>
      `${folds} partes com as mesmas proporções de classes (validação cruzada estratificada, semente ${seed}): cada parte é testada por um modelo treinado nas outras.`,
    holdOut: (share, seed) =>
      `${share} das imagens, com as proporções de classes do todo, ficaram de fora para o teste (semente ${seed}).`,
    stated: () => 'Partes informadas com os dados: cada uma é testada por um modelo treinado nas outras.',
  },
  groups: (groups) => `Imagens que pertencem umas às outras nunca foram separadas: ${groups} grupos.`,
  noGroups:
    'Não foram informados grupos. Se várias imagens mostram a mesma planta, paciente ou lugar, o resultado é bom demais: informe o que pertence junto.',
  notes: {
    duplicatesTogether: (v) =>
      `${v.images} imagens são cópias exatas umas das outras (${v.sets} conjuntos); as cópias ficaram do mesmo lado.`,
    fewerFolds: (v) =>
      `${v.made} partes em vez de ${v.asked}: não há imagens separáveis em número suficiente.`,
    cannotValidate: () =>
      'Há imagens de menos para deixar alguma de fora: não se pode dizer quão bom é o modelo.',
    classesInFewFolds: (v) =>
      `Classes com menos imagens que partes, de modo que algumas partes não as testam: ${v.names}.`,
    classesNeverLearned: (v) =>
      `Classes cujas imagens são todas testadas juntas, de modo que não tinham sido aprendidas no teste: ${v.names}.`,
    emptyPart: (v) => `Nada pôde ser cedido para a parte de ${v.part}.`,
    classesMissing: (v) =>
      `Classes ausentes da parte de ${v.part}, das quais nada se pode dizer: ${v.names}.`,
    unevenFolds: (v) => `Grupos grandes deixam as partes desiguais: de ${v.smallest} a ${v.largest} imagens.`,
    statedFoldOverruled: (v) =>
      `${v.images} imagens passaram da parte informada para onde está sua cópia ou seu grupo.`,
    withoutStatedFold: (v) => `${v.images} imagens não têm parte informada e não foram testadas.`,
    imagesLeftOut: (v) => `${v.images} imagens não puderam ser lidas e ficaram de fora.`,
    smallTest: (v) => `Só ${v.images} imagens foram testadas: um erro padrão é de ${v.points} pontos.`,
    severalSeeds: (v) =>
      `Em ${v.seeds} treinos que só diferem na semente, ${v.mean} % ± ${v.deviation} pontos estão certos (média ± desvio padrão).`,
    intervalsByGroup: (v) =>
      `Os intervalos vêm de sorteios de grupos inteiros (${v.groups}), pois imagens de um grupo se parecem.`,
    collapsed: (v) =>
      `Quase todas as respostas (${v.share}) são uma só classe: ${v.name}. O modelo mal aprendeu a distinguir as classes.`,
    notBetterThanBaseline: () =>
      'Até onde se pode dizer, não é melhor que responder sempre a classe mais comum.',
  },
  parts: { train: 'treino', validation: 'validação', test: 'teste' },
  exportPassed: (count) =>
    `O modelo exportado responde como o treinado, a partir dos arquivos de imagem (${count} imagens).`,
  exportFailed: (count) => `O modelo exportado não responde como o treinado (${count} imagens). Não o use.`,
  exportRows: {
    maxDifference: 'Maior diferença de uma probabilidade',
    meanDifference: 'Diferença média',
    agreement: 'Mesma resposta',
    tolerance: 'Permitido',
    file: 'Arquivo',
    size: 'Tamanho',
    sha256: 'SHA-256',
    runtime: 'Ambiente de execução',
  },
  noExport: 'Este treino não foi exportado.',
  recordRows: {
    run: 'Treino',
    started: 'Início',
    seconds: 'Tempo',
    images: 'Imagens',
    dataHash: 'Dados (SHA-256)',
    computing: 'Calculado por',
    notUsed: 'Não calculado por',
  },
  notMeasured: 'não medido',
  measuredRate: (rate) => `medido em ${rate} imagens/s ao treinar`,
  recordMore: 'Tudo o que foi registrado',
  written: (date, program) => `Escrito em ${date} por ${program}.`,
  method:
    'Intervalos: de Wilson para proporções, bootstrap para o F1; quando as imagens vêm em grupos, sorteiam-se grupos inteiros. Testes bilaterais; várias comparações são corrigidas pelo método de Holm.',
};
