import { NetworkError } from './errors.ts';
import type { Attribute, Node, Tensor } from './types.ts';

/** Attributes as they are written when a node is built: `attributes({ group: int(4) })`. */
export function attributes(
  values: Readonly<Record<string, Attribute | undefined>>,
): ReadonlyMap<string, Attribute> {
  const present = new Map<string, Attribute>();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) present.set(name, value);
  return present;
}

/** A whole-number attribute: ONNX tells 1 from 1.0, so the type is written down. */
export const int = (value: number): Attribute => ({ type: 'int', value });
/** A floating-point attribute. */
export const float = (value: number): Attribute => ({ type: 'float', value });
/** A list of whole numbers: kernel shapes, strides, padding. */
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value });
/** A text attribute: modes and padding rules. */
export const string = (value: string): Attribute => ({ type: 'string', value });

/** An integer attribute, or its default as the ONNX specification gives it. */
export function intAttribute(node: Node, name: string, otherwise: number): number {
  return read(node, name, 'int') ?? otherwise;
}

/** A float attribute, or its default. */
export function floatAttribute(node: Node, name: string, otherwise: number): number {
  return read(node, name, 'float') ?? otherwise;
}

/** A string attribute, or its default. */
export function stringAttribute(node: Node, name: string, otherwise: string): string {
  return read(node, name, 'string') ?? otherwise;
}

/** An integer list, or undefined where the node leaves it out (the defaults depend on ranks). */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  return read(node, name, 'ints');
}

/** A tensor attribute such as a Constant's value. */
export function tensorAttribute(node: Node, name: string): Tensor | undefined {
  return read(node, name, 'tensor');
}

interface AttributeValues {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly tensor: Tensor;
  readonly ints: readonly number[];
}

function read<T extends keyof AttributeValues>(
  node: Node,
  name: string,
  type: T,
): AttributeValues[T] | undefined {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return undefined;
  if (attribute.type !== type) {
    throw new NetworkError(
      'UNSUPPORTED_ATTRIBUTE',
      `Attribute ${name} of ${node.operator} "${node.name}" is ${attribute.type}, expected ${type}.`,
      { operator: node.operator, node: node.name },
    );
  }
  return attribute.value as AttributeValues[T];
}
