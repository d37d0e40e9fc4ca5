import type { conduct as source } from '../en/conduct.ts';
import type { Translation } from '../messages.ts';

/** Em que ordem a rede aprende, quando uma fase acaba e se ela vale, cada escolha com o que faz numa frase. */
export const conduct: Translation<typeof source> = {
  thaw: 'Quando os blocos começam a aprender',
  thaws: {
    atOnce: { name: 'Todos de uma vez', what: 'Cada bloco da fase aprende desde a primeira época.' },
    schedule: {
      name: 'Um a um, em intervalos',
      what: 'Da parte nova para baixo, mais um bloco a cada tantas épocas (descongelamento gradual).',
    },
    performance: {
      name: 'Um a um, quando para de melhorar',
      what: 'Um bloco que não traz nada volta a ser congelado, exatamente como era.',
    },
  },
  start: 'Blocos que aprendem no começo',
  every: 'Épocas até o próximo bloco',
  patience: 'Épocas sem melhora',
  improvement: 'Menor queda do erro que conta',
  ulmfit: 'Pôr tudo como no ULMFiT',
  ulmfitWhat: 'Um bloco por época, cada um à taxa do de cima ÷ 2,6, agendamento triangular inclinado.',
  stopping: 'O que termina a fase antes',
  stops: { recipe: 'A paciência da receita', never: 'Nada', patience: 'Uma paciência própria' },
  mixup: 'Misturar pares de imagens (mixup α)',
  mixupWhat: '0: nunca; 0,2 é usual. Os rótulos se misturam do mesmo modo.',
  cutmix: 'Colar pedaços de outras imagens (CutMix α)',
  cutmixWhat: '0: nunca; 1 é usual. Com os dois ligados, um ou outro a cada passo.',
  cutmixNeedsPixels:
    'Precisa das próprias imagens: possível onde a rede toda aprende, ou onde se aprende do zero.',
  probe: 'Como se acha a parte nova',
  probes: {
    gradient: { name: 'Passo a passo', what: 'Com a taxa e as épocas acima.' },
    crossValidated: {
      name: 'De uma só vez, com a penalidade escolhida',
      what: 'A melhor resposta linear que existe; quanto ela é contida (penalidade L2) se escolhe por validação cruzada entre as imagens de que aprende. Taxas, épocas e dropout acima não importam.',
    },
  },
  probeFolds: 'Partes para escolher a penalidade',
  keep: 'Se a fase vale',
  keeps: {
    always: { name: 'Sempre', what: 'O que ela aprendeu fica.' },
    ifBetter: {
      name: 'Só se ajudar',
      what: 'Desfeita a não ser que a parte que observa responda melhor, por um teste pareado. Fases seguintes desse tipo então nem são tentadas.',
    },
  },
  level: 'Nível do teste',
  needsWatching: 'Quem decide isso é uma parte que observa, e nenhuma foi separada ainda.',
  setAside: 'Separar 15 %',
  deeper: 'Acrescentar uma fase que vai mais fundo, se ajudar',
  removePhase: 'Remover esta fase',
  cache: 'Descrições de imagens guardadas em disco',
  cacheWhat:
    '{{size}} guardados, no máximo {{limit}}. Poupam calcular cada imagem de novo; as menos usadas dão lugar às novas.',
  cacheShare: 'Parte do disco livre que podem ocupar',
  clearCache: 'Remover',
  depth: 'Pular blocos residuais ao acaso (profundidade estocástica)',
  depthWhat: '0: nunca; 0,1 é usual. Só blocos que aprendem, o último com mais frequência.',
  batchNorm: 'Normalização em lote do que aprende',
  batchNorms: {
    inference: {
      name: 'Como veio (modo de inferência)',
      what: 'As estatísticas do pré-treino ficam: o certo na maioria dos projetos, sobretudo com poucas imagens ou lotes pequenos.',
    },
    adapted: {
      name: 'Adaptada às suas imagens',
      what: 'As estatísticas acompanham as suas imagens durante o aprendizado: vale comparar com muitas imagens diferentes de fotos comuns, 16 ou mais por passo; com poucas, pode responder pior.',
    },
  },
  scratchNorm: 'Normalização',
  scratchNorms: {
    group: {
      name: 'Dentro de cada imagem (grupos)',
      what: 'Não depende de quantas imagens formam um passo: o certo para lotes pequenos.',
    },
    batch: {
      name: 'Pelo lote',
      what: 'Como faz a maioria das redes publicadas: com 16 ou mais imagens por passo.',
    },
  },
  normMomentum: 'Parte de um lote nas estatísticas móveis',
  normMomentumWhat: '0,1 é usual (o momento do PyTorch); menos onde os lotes diferem muito.',
  normSmallBatch: 'Estatísticas de menos de {{images, number}} imagens por passo são ruidosas.',
  precision: 'Descrições guardadas em disco',
  precisions: { half: 'Em 16 bits por número', single: 'Em 32 bits: o dobro do disco, sem arredondar' },
};
