import { intAttribute, intsAttribute } from '../../graph/attributes.ts';
import { NetworkError } from '../../graph/errors.ts';
import { windowGeometry } from '../../graph/geometry.ts';
import type { Node } from '../../graph/types.ts';

/** A window over an image, with all padding as numbers: what convolutions and poolings of two dimensions share. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Rows above and below the image, columns left and right of it. */
  readonly pads: readonly [top: number, bottom: number, left: number, right: number];
  readonly group: number;
  /** [batch, channels, height, width] of the forward operator's input. */
  readonly input: readonly [number, number, number, number];
  /** Height and width of the forward operator's result. */
  readonly output: readonly [number, number];
}

/** The window of a forward operator. */
export function forwardWindow(node: Node, input: readonly number[], kernel: readonly number[]): Window {
  if (input.length !== 4) {
    throw new NetworkError(
      'UNSUPPORTED_OPERATOR',
      `TensorFlow.js computes ${node.operator} "${node.name}" over images only, not over ${input.length - 2} dimensions.`,
      { operator: node.operator, node: node.name },
    );
  }
  const geometry = windowGeometry(node, input, kernel);
  return assemble(node, geometry, input, geometry.output.map(Number));
}

/** The window of a gradient operator, whose attributes the differentiator resolved; `output` is the incoming gradient's size. */
export function gradientWindow(node: Node, output: readonly number[]): Window {
  const read = (name: string) => {
    const value = intsAttribute(node, name);
    if (value === undefined)
      throw new NetworkError('INVALID_GRAPH', `${node.operator} "${node.name}" lacks ${name}.`);
    return value;
  };
  const pads = read('pads');
  const geometry = {
    kernel: read('kernel_shape'),
    strides: read('strides'),
    dilations: read('dilations'),
    before: pads.slice(0, 2),
    after: pads.slice(2),
  };
  return assemble(node, geometry, read('input_shape'), output);
}

function assemble(
  node: Node,
  geometry: Pick<ReturnType<typeof windowGeometry>, 'kernel' | 'strides' | 'dilations' | 'before' | 'after'>,
  input: readonly number[],
  output: readonly number[],
): Window {
  const pair = (values: readonly number[]) => [values[0]!, values[1]!] as const;
  const { before, after } = geometry;
  return {
    kernel: pair(geometry.kernel),
    strides: pair(geometry.strides),
    dilations: pair(geometry.dilations),
    pads: [before[0]!, after[0]!, before[1]!, after[1]!],
    group: intAttribute(node, 'group', 1),
    input: [input[0]!, input[1]!, input[2]!, input[3]!],
    output: pair(output),
  };
}

/** Rows and columns that a window reaches, holes included. */
export function reachOf({ kernel, dilations }: Window): readonly [number, number] {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/**
 * Padding that makes windows without any rounding fit exactly: more than given behind the image where lengths are
 * rounded up, less where a rest of it is never reached.
 */
export function exactPads(window: Window): Window['pads'] {
  const [top, , left] = window.pads;
  const reach = reachOf(window);
  const behind = (axis: 0 | 1, before: number) =>
    (window.output[axis] - 1) * window.strides[axis] + reach[axis] - before - window.input[axis + 2]!;
  return [top, behind(0, top), left, behind(1, left)];
}

/** Padding that adds nothing. */
export const unpadded = (pads: Window['pads']): boolean => pads.every((amount) => amount <= 0);
