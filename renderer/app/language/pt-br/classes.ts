import type { classes as source } from '../en/classes.ts';
import type { Translation } from '../messages.ts';

/** O painel de classes. */
export const classes: Translation<typeof source> = {
  title: 'Classes',
  add: 'Criar uma classe',
  addPlaceholder: 'Nome e depois Enter',
  empty: 'Dê nome ao que você quer distinguir: sadia, ferrugem, bicho-mineiro.',
  list: 'Classes em sua ordem',
  rename: 'Renomear “{{name}}”',
  colour: 'Cor de “{{name}}”',
  menu: 'Mais sobre “{{name}}”',
  shortcut: 'Tecla {{digit}}',
  shortcutOf: 'Tecla',
  noShortcut: 'Sem tecla',
  moveUp: 'Mover para cima',
  moveDown: 'Mover para baixo',
  drag: 'Arrastar “{{name}}” para outro lugar',
  moved: '“{{name}}” é agora a número {{position}} de {{total}}.',
  remove: 'Remover',
  removeTitle: 'Remover a classe “{{name}}”?',
  removeText_one: '{{count, number}} imagem perde este rótulo. Desfazer traz os dois de volta.',
  removeText_other: '{{count, number}} imagens perdem este rótulo. Desfazer traz tudo de volta.',
  removeNone: 'Nenhuma imagem tem este rótulo.',
  removed: 'Classe “{{name}}” removida.',
  show: 'Mostrar as imagens rotuladas como “{{name}}”',
};
