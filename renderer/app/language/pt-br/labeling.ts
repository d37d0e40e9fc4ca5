import type { labeling as source } from '../en/labeling.ts';
import type { Translation } from '../messages.ts';

/** O lugar Rotular: uma imagem de cada vez. */
export const labeling: Translation<typeof source> = {
  canvas: 'Imagem {{name}}',
  position: '{{index}} de {{total}}',
  filmstrip: 'Imagens desta lista',
  zoom: 'Zoom {{percent}}',
  zoomIn: 'Aproximar',
  zoomOut: 'Afastar',
  fit: 'Inteira',
  actual: '1:1',
  sharp: 'Pixels nítidos',
  previous: 'Imagem anterior',
  next: 'Próxima imagem',
  nextUnlabeled: 'Próxima sem rótulo',
  advance: 'Depois de rotular, ir para a próxima',
  surround: 'Cinza em volta da imagem',
  details: 'Arquivo',
  size: '{{width}} × {{height}} pixels',
  taken: 'Feita em {{at}}',
  group: 'Pertence a {{key}}',
  sameContent_one: 'Mesmo conteúdo de {{count, number}} outro arquivo',
  sameContent_other: 'Mesmo conteúdo de {{count, number}} outros arquivos',
  labelsHere: 'Rótulos',
  noLabels: 'Sem rótulo',
  by: { human: 'por {{author}}', model: 'sugerido pelo modelo', import: 'da importação' },
  byHuman: 'à mão',
  empty: {
    title: 'Ainda não há imagens',
    text: 'Importe imagens primeiro; depois rotule aqui, uma a uma.',
    go: 'Ir para Imagens',
  },
  broken: 'Não é possível mostrar a imagem.',
  loading: 'Abrindo {{name}}…',
};
