import type {
  AugmentationConcern,
  AugmentationField,
  ConcernReason,
  ImageDomain,
} from '../../../../../shared/domain/augmentation.ts';

/** Words for how training pictures were varied, and for what may have been wrong with it. */
export type AugmentationWords = {
  readonly domains: Readonly<Record<ImageDomain, string>>;
  readonly changes: Readonly<Record<Exclude<AugmentationField, 'randAugment'>, string>>;
  readonly randAugment: (operations: string, magnitude: string) => string;
  /** A change with its amount: `±`, or `up to`. */
  readonly around: (change: string, amount: string) => string;
  readonly upTo: (change: string, amount: string) => string;
  /** For what the settings were meant, and the preset whose numbers they are. */
  readonly pictures: (domain: string, preset: string | null) => string;
  readonly concern: (change: string, reason: ConcernReason) => string;
};

const enReasons: Readonly<Record<ConcernReason, string>> = {
  upright: 'these pictures have an up',
  sided: 'left and right are not the same in these pictures',
  letters: 'letters become others, or none',
  colour: 'the colour itself may be the sign',
  grey: 'there is no colour to change',
  small: 'a small sign may be cut off or covered',
  size: 'the size of what is shown may be the sign',
  texture: 'fine structure may be the sign',
};
/** The words in English. */
export const enAugmentation: AugmentationWords = {
  domains: {
    any: 'pictures of any kind',
    photos: 'photos of everyday things',
    leaves: 'leaves and plants',
    xray: 'X-ray pictures',
    stains: 'stained tissue under the microscope',
    microscopy: 'cells and organisms under the microscope',
    aerial: 'the ground from above',
    lesions: 'skin, retina and other small signs',
    text: 'text and numbers',
  },
  changes: {
    flipHorizontal: 'mirrored left–right',
    flipVertical: 'mirrored top–bottom',
    quarterTurns: 'turned by quarters',
    rotation: 'turned',
    shrink: 'drawn smaller',
    shift: 'moved',
    perspective: 'seen at a slant',
    crop: 'cut down',
    brightness: 'brightness',
    contrast: 'contrast',
    saturation: 'saturation',
    hue: 'hue',
    blur: 'blurred',
    noise: 'noise',
    jpeg: 'JPEG quality lowered',
    erasing: 'a part covered',
  },
  randAugment: (operations, magnitude) =>
    `RandAugment with ${operations} operations of magnitude ${magnitude}`,
  around: (change, amount) => `${change} ± ${amount}`,
  upTo: (change, amount) => `${change} by up to ${amount}`,
  pictures: (domain, preset) => `for ${domain}${preset === null ? '' : ` (preset “${preset}”)`}`,
  concern: (change, reason) => `caution, ${change}: ${enReasons[reason]}`,
};

const ptReasons: Readonly<Record<ConcernReason, string>> = {
  upright: 'estas imagens têm um lado de cima',
  sided: 'nestas imagens, esquerda e direita não são iguais',
  letters: 'as letras viram outras, ou nenhuma',
  colour: 'a própria cor pode ser o sinal',
  grey: 'não há cor para mudar',
  small: 'um sinal pequeno pode ser cortado ou coberto',
  size: 'o tamanho do que se vê pode ser o sinal',
  texture: 'a estrutura fina pode ser o sinal',
};
/** The words in Brazilian Portuguese. */
export const ptBrAugmentation: AugmentationWords = {
  domains: {
    any: 'imagens de qualquer tipo',
    photos: 'fotos de coisas do dia a dia',
    leaves: 'folhas e plantas',
    xray: 'radiografias',
    stains: 'tecido corado ao microscópio',
    microscopy: 'células e organismos ao microscópio',
    aerial: 'o solo visto de cima',
    lesions: 'pele, retina e outros sinais pequenos',
    text: 'texto e números',
  },
  changes: {
    flipHorizontal: 'espelhada na horizontal',
    flipVertical: 'espelhada na vertical',
    quarterTurns: 'girada em quartos de volta',
    rotation: 'girada',
    shrink: 'reduzida',
    shift: 'deslocada',
    perspective: 'vista de lado',
    crop: 'recortada',
    brightness: 'brilho',
    contrast: 'contraste',
    saturation: 'saturação',
    hue: 'matiz',
    blur: 'desfocada',
    noise: 'ruído',
    jpeg: 'qualidade JPEG reduzida',
    erasing: 'uma parte coberta',
  },
  randAugment: (operations, magnitude) => `RandAugment com ${operations} operações de magnitude ${magnitude}`,
  around: (change, amount) => `${change} ± ${amount}`,
  upTo: (change, amount) => `${change} em até ${amount}`,
  pictures: (domain, preset) => `para ${domain}${preset === null ? '' : ` (predefinição “${preset}”)`}`,
  concern: (change, reason) => `atenção, ${change}: ${ptReasons[reason]}`,
};

/** A setting that endangers labels, as a clause. */
export function concernText({ field, reason }: AugmentationConcern, words: AugmentationWords): string {
  return words.concern(field === 'randAugment' ? 'RandAugment' : words.changes[field], reason);
}
