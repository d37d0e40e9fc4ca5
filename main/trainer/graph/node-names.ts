import { attributes } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import type { Attribute, Node } from './types.ts';

/** A name for a node that is written in the place of another one: of the same module. */
function beside({ name }: Node, operator: string): string {
  return `${name.slice(0, name.lastIndexOf('/') + 1)}${operator}`;
}

/** Adds a node that is written in the place of another one; gives the name of its result. */
export type Emit = (
  operator: string,
  inputs: readonly string[],
  settings?: Readonly<Record<string, Attribute | undefined>>,
) => string;

/** Writes nodes in the place of one. */
export function writerBeside(builder: GraphBuilder, node: Node): Emit {
  return (operator, inputs, settings = {}) =>
    builder.op(operator, inputs, { name: beside(node, operator), attributes: attributes(settings) });
}

const CONSTANT = 'constant/';

/**
 * A name for an array that was no initializer of its file but computed by it: exporters write so what is part of a network's
 * arithmetic and not among its weights. Files have no other place to say this.
 */
export function constantName(value: string): string {
  return isConstantName(value) ? value : `${CONSTANT}${value}`;
}

/** Whether an initializer is such an array. */
export function isConstantName(name: string): boolean {
  return name.startsWith(CONSTANT);
}
