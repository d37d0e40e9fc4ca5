import { floatAttribute, intAttribute, stringAttribute } from '../../graph/attributes.ts';
import type { Node } from '../../graph/types.ts';

/** One axis of a Resize: its lengths and the factor between them (which need not be their quotient). */
export interface ResizedAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/**
 * The matrix [to, from] by which a Resize node maps one axis: resizing is linear and separable, so this says all about it.
 * Follows the ONNX specification of opset 18; undefined for coordinates it takes from a region of interest.
 */
export function interpolationMatrix(node: Node, axis: ResizedAxis): Float32Array | undefined {
  const place = coordinate(stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel'), axis);
  if (place === undefined) return undefined;
  const mode = stringAttribute(node, 'mode', 'nearest');
  const matrix = new Float32Array(axis.to * axis.from);
  for (let row = 0; row < axis.to; row++) {
    const weights =
      mode === 'nearest'
        ? [[nearest(stringAttribute(node, 'nearest_mode', 'round_prefer_floor'), place(row)), 1] as const]
        : taps(node, mode, place(row), axis);
    for (const [index, weight] of weights) {
      const column = Math.min(Math.max(index, 0), axis.from - 1);
      matrix[row * axis.from + column]! += weight;
    }
  }
  return matrix;
}

/** Where in the input an output element lies. */
function coordinate(mode: string, { from, to, scale }: ResizedAxis): ((row: number) => number) | undefined {
  const centred = (row: number) => (row + 0.5) / scale - 0.5;
  switch (mode) {
    case 'half_pixel':
      return centred;
    case 'pytorch_half_pixel':
      return to > 1 ? centred : () => 0;
    case 'half_pixel_symmetric': {
      const offset = (from / 2) * (1 - to / (scale * from));
      return (row) => offset + centred(row);
    }
    case 'align_corners':
      return to > 1 ? (row) => (row * (from - 1)) / (to - 1) : () => 0;
    case 'asymmetric':
      return (row) => row / scale;
    default:
      return undefined;
  }
}

function nearest(mode: string, place: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
    default:
      return Math.ceil(place - 0.5);
  }
}

/** Neighbours and their weights; indices outside the input stand for its nearest element. */
function taps(
  node: Node,
  mode: string,
  place: number,
  { from, scale }: ResizedAxis,
): readonly (readonly [number, number])[] {
  const bend = floatAttribute(node, 'cubic_coeff_a', -0.75);
  const [kernel, reach] = mode === 'cubic' ? [(x: number) => cubic(x, bend), 2] : [tent, 1];
  // Antialiasing widens the kernel by the reduction, so that every input element has its part.
  const width = intAttribute(node, 'antialias', 0) !== 0 && scale < 1 ? 1 / scale : 1;
  const outside = intAttribute(node, 'exclude_outside', 0) === 0;
  const found: [number, number][] = [];
  const last = Math.ceil(place + reach * width);
  for (let index = Math.floor(place - reach * width); index <= last; index++) {
    const weight = kernel((index - place) / width);
    if (weight !== 0 && (outside || (index >= 0 && index < from))) found.push([index, weight]);
  }
  const total = found.reduce((sum, [, weight]) => sum + weight, 0);
  return found.map(([index, weight]) => [index, weight / total] as const);
}

function tent(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/** The cubic convolution kernel. Keys 1981. */
function cubic(x: number, bend: number): number {
  const distance = Math.abs(x);
  if (distance >= 2) return 0;
  if (distance >= 1) return bend * (((distance - 5) * distance + 8) * distance - 4);
  return ((bend + 2) * distance - (bend + 3)) * distance * distance + 1;
}
