import type { results as source } from '../en/results.ts';
import type { Translation } from '../messages.ts';

/** O lugar Resultados. */
export const results: Translation<typeof source> = {
  empty: {
    title: 'Ainda não há resultado',
    text: 'Depois de um treinamento você vê aqui quantas de 100 imagens ele acerta, com a margem, e quais ele erra.',
    go: 'Ir para Treinar',
  },
  runs: 'Treinamentos',
  headline: '{{right}} de 100 certas, {{give}} a mais ou a menos',
  headlineExact:
    'Acurácia {{value}}, intervalo de 95 % de {{low}} a {{high}}; {{tested, number}} imagens, cada uma testada por uma rede que nunca a viu.',
  headlineMulti: 'em {{right}} de 100 imagens todos os rótulos certos, {{give}} a mais ou a menos',
  balanced: 'Cada classe contando igual: {{value}} ({{low}} a {{high}})',
  worst: 'Classe mais difícil: “{{name}}”, {{right}} de 100 encontradas',
  baseline: 'Responder sempre a classe mais comum: {{value}} de 100 certas',
  noNumber: 'Não há número honesto para este treinamento: nada pôde ser testado.',
  state: {
    waiting: 'esperando',
    running: 'em andamento',
    paused: 'em pausa',
    done: 'pronto',
    failed: 'falhou',
    cancelled: 'cancelado',
    interrupted: 'interrompido',
  },
  strategy: {
    hybrid: 'híbrido',
    featureExtraction: 'extração de características',
    fineTuning: 'ajuste fino',
    scratch: 'do zero',
  },
  confusion: {
    title: 'Qual é tomada por qual',
    term: 'matriz de confusão',
    why: 'Linhas: o que as imagens são. Colunas: o que a rede respondeu. Uma célula abre suas imagens.',
    row: 'é',
    column: 'respondeu',
    cell_one: '{{count, number}} imagem de “{{truth}}” respondida “{{answer}}”',
    cell_other: '{{count, number}} imagens de “{{truth}}” respondidas “{{answer}}”',
  },
  classes: {
    title: 'Classe por classe',
    name: 'Classe',
    support: 'Imagens',
    precision: 'Precisão',
    precisionWhy: 'Das imagens que chamou desta classe, quantas são.',
    recall: 'Revocação',
    recallWhy: 'Das imagens desta classe, quantas encontrou.',
    f1: 'F1',
    f1Why: 'A média harmônica de precisão e revocação.',
    undefined: 'não definido: não houve tal resposta',
  },
  mistakes: {
    title: 'Piores erros',
    why: 'Respostas erradas dadas com mais certeza: imagens difíceis, ou rótulos errados.',
    none: 'Nenhuma imagem testada foi respondida errado.',
    answer: '“{{answer}}” em vez de “{{truth}}”',
    nothing: 'nenhuma',
    sure: 'certeza de {{value}}',
    open: 'Abrir a imagem',
    inCell_one: '{{count, number}} imagem de “{{truth}}” respondida “{{answer}}”',
    inCell_other: '{{count, number}} imagens de “{{truth}}” respondidas “{{answer}}”',
    openAll: 'Abrir em Imagens',
    showAll: 'Mostrar todos os {{count, number}}',
  },
  computed: {
    title: 'O que calculou',
    why: {
      fastest: 'O mais rápido entre os que calculam certo, como este computador foi medido.',
      forced: 'Escolhido à mão para este treino, ou nos Ajustes.',
      only: 'Nada mais havia sido medido, ou podia ser usado.',
      replaced: 'No lugar do que o começou; o registro do treino diz por quê.',
    },
    everything: '{{name}}, {{where}}, calculou tudo.',
    training: '{{name}}, {{where}}, treinou.',
    forward: '{{name}}, {{where}}, descreveu e previu as imagens.',
    processor: 'no processador',
    device: 'em {{device}}',
    measured: 'Medido antes: {{rates}}.',
    notMeasured: 'Não havia sido medido.',
    others_one: 'Outro meio ({{count, number}}) não foi usado',
    others_other: 'Outros {{count, number}} meios não foram usados',
  },
  folds: {
    title: 'Parte por parte',
    part: 'Parte {{number}}',
    why: 'Quanto o resultado muda de uma parte das imagens para outra.',
  },
  compare: {
    title: 'Contra outro treinamento',
    pick: 'Comparar com…',
    none: 'Treine de um segundo jeito, por exemplo do zero, para ver se este é mesmo melhor.',
    better:
      'Este é melhor: {{points}} de 100 a mais ({{low}} a {{high}}), nas mesmas {{images, number}} imagens.',
    worse:
      'O outro é melhor: {{points}} de 100 a mais ({{low}} a {{high}}), nas mesmas {{images, number}} imagens.',
    noEvidence:
      'Com {{images, number}} imagens não dá para ver diferença: {{points}} de 100 ({{low}} a {{high}}).',
    detail:
      'Certas só aqui: {{first, number}}. Certas só lá: {{second, number}}. Teste exato de McNemar, p = {{p}}.',
  },
  note: {
    duplicatesTogether_one: '{{count, number}} cópia exata ficou do mesmo lado que a original.',
    duplicatesTogether_other: '{{count, number}} cópias exatas ficaram do mesmo lado que as originais.',
    fewerFolds:
      '{{made, number}} partes em vez de {{asked, number}}: não há imagens independentes para mais.',
    cannotValidate:
      'Há imagens independentes de menos para testar qualquer coisa: nenhum número aqui merece confiança.',
    classesInFewFolds: 'Menos imagens que partes em: {{names}}. Os resultados delas são muito incertos.',
    classesNeverLearned:
      'Todas as imagens de {{names}} andam juntas; por isso nunca foram aprendidas quando foram testadas.',
    emptyPart: 'Uma parte da divisão está vazia ({{part}}).',
    classesMissing: 'Nenhuma imagem de {{names}} numa parte da divisão ({{part}}).',
    unevenFolds: 'As partes diferem em tamanho: de {{smallest, number}} a {{largest, number}} imagens.',
    statedFoldOverruled_one:
      '{{count, number}} imagem foi para outra parte que a indicada, porque uma cópia ou o grupo dela está lá.',
    statedFoldOverruled_other:
      '{{count, number}} imagens foram para outra parte que a indicada, porque uma cópia ou o grupo delas está lá.',
    withoutStatedFold_one:
      '{{count, number}} imagem sem parte indicada: serve para aprender, nunca é testada.',
    withoutStatedFold_other:
      '{{count, number}} imagens sem parte indicada: servem para aprender, nunca são testadas.',
    imagesLeftOut_one: '{{count, number}} imagem não pôde ser lida e ficou de fora.',
    imagesLeftOut_other: '{{count, number}} imagens não puderam ser lidas e ficaram de fora.',
    smallTest_one: 'Só {{count, number}} imagem foi testada: um erro-padrão vale {{points, number}} pontos.',
    smallTest_other:
      'Só {{count, number}} imagens foram testadas: um erro-padrão vale {{points, number}} pontos.',
    severalSeeds:
      'Em {{seeds, number}} treinos que só diferem na semente, {{mean, number}} % ± {{deviation, number}} pontos estão certos (média ± desvio padrão).',
    intervalsByGroup_one:
      'Os intervalos vêm de sortear grupos, não imagens soltas ({{count, number}} grupo).',
    intervalsByGroup_other:
      'Os intervalos vêm de sortear grupos, não imagens soltas ({{count, number}} grupos).',
    collapsed: 'Ela responde “{{name}}” em {{share, number}} % das imagens: quase não aprendeu outra coisa.',
    notBetterThanBaseline:
      'Até onde estas imagens mostram, não é melhor que responder sempre a classe mais comum.',
  },
  curves: 'Como aprendeu',
  report: 'Salvar um relatório',
  reportSaved: 'Relatório salvo: {{name}}',
  openReport: 'Abrir',
  use: 'Usar esta rede',
  rename: 'Renomear',
  remove: 'Retirar este treinamento',
  removeTitle: 'Retirar “{{name}}”?',
  removeText: 'A rede e os resultados são apagados. Imagens e rótulos ficam.',
  recipe: 'Como foi feito',
  time: '{{date}}, levou {{time}}',
  reason: 'Motivo: {{text}}',
};
