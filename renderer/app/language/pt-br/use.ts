import type { use as source } from '../en/use.ts';
import type { Translation } from '../messages.ts';

/** O lugar Usar. */
export const use: Translation<typeof source> = {
  empty: {
    title: 'Ainda não há modelo para usar',
    text: 'Um modelo treinado dá nome às imagens de pastas inteiras e pode ser exportado. Treine um primeiro.',
    go: 'Ir para Treinar',
  },
  network: 'Rede a usar',
  predict: {
    title: 'Dar nome às imagens de uma pasta',
    text: 'Cada imagem recebe a classe e o quanto a rede tem certeza. As imagens não mudam; as respostas vão para uma tabela.',
    go: 'Escolher uma pasta…',
    running: 'Dando nome às imagens',
    done_one: '{{count, number}} imagem nomeada em {{time}}.',
    done_other: '{{count, number}} imagens nomeadas em {{time}}.',
    failed_one: '{{count, number}} arquivo não pôde ser lido; está na tabela com o motivo.',
    failed_other: '{{count, number}} arquivos não puderam ser lidos; estão na tabela com o motivo.',
    again: 'Outra pasta…',
  },
  export: {
    title: 'Levar para outro lugar',
    term: 'ONNX',
    termWhy:
      'Um formato aberto que outros programas executam. O arquivo contém o pré-processamento e os nomes das classes.',
    text: 'Um arquivo com tudo dentro, dos pixels aos nomes das classes, e a prova de que responde como a rede daqui.',
    go: 'Salvar como ONNX…',
    running: 'Gravando e conferindo',
    certificate: 'Prova',
    passed_one:
      'O arquivo salvo responde como a rede treinada: {{count, number}} imagem, maior diferença {{diff}}, mesma classe em {{agreement}}.',
    passed_other:
      'O arquivo salvo responde como a rede treinada: {{count, number}} imagens, maior diferença {{diff}}, mesma classe em {{agreement}}.',
    size: '{{bytes}} · SHA-256 {{hash}}',
  },
  saved: 'Salvo: {{name}}',
  show: 'Mostrar na pasta',
  open: 'Abrir a tabela',
  csvName: '{{name}} respostas.csv',
  stop: 'Cancelar',
};
