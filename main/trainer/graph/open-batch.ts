import { attributes, int, intAttribute, ints, intsAttribute } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { divideDims, lengthPerImage } from './dims.ts';
import { writerBeside } from './node-names.ts';
import { normaliseAxis } from './shapes.ts';
import { elementCount } from './tensor.ts';
import type { Dim, Node, Tensor } from './types.ts';

/** Where the images lie in a value: along which axis, and how many elements of one image lie before them in all. */
interface BatchPlace {
  readonly axis: number;
  readonly before: number;
}

const product = (dims: readonly Dim[]) => dims.reduce<number>((all, dim) => all * lengthPerImage(dim), 1);

/**
 * Opens the batch of a network that was exported for a fixed number of images: the lengths in which the exporter wrote that
 * number down are left open, node after node. What cannot be opened stays as it is and then does not fit.
 */
export class BatchOpener {
  readonly #builder: GraphBuilder;
  /** How many images the network was exported for, mostly one. */
  readonly #exported: number;
  /** Stands for any number of images. */
  readonly #name: string;
  /** For values whose batch axis was merged with what lies before it: how much of one image that is. */
  readonly #merged = new Map<string, number>();

  constructor(builder: GraphBuilder, exported: number, name: string) {
    this.#builder = builder;
    this.#exported = exported;
    this.#name = name;
  }

  /** A node for any number of images. */
  open(node: Node): Node {
    if (node.domain !== '') return node;
    if (node.operator === 'Reshape') return this.#reshape(node);
    const merged = node.inputs.map((input) => this.#merged.get(input)).find((found) => found !== undefined);
    if (merged !== undefined) for (const output of node.outputs) this.#merged.set(output, merged);
    if (node.operator === 'Concat') return this.#concat(node);
    if (node.operator === 'Resize') return this.#resize(node);
    if (node.operator === 'Expand') return this.#expand(node);
    return node.operator === 'Gather' ? this.#gather(node) : node;
  }

  #placeOf(value: string): BatchPlace | undefined {
    const dims = this.#builder.types.get(value)?.dims;
    const axis = dims?.findIndex((dim) => divideDims(dim, this.#name) !== undefined) ?? -1;
    if (!dims || axis < 0) return undefined;
    return { axis, before: product(dims.slice(0, axis)) * (this.#merged.get(value) ?? 1) };
  }

  #reshape(node: Node): Node {
    const [x, shape] = node.inputs as [string, string];
    const target = this.#builder.initializers.get(shape);
    const place = this.#placeOf(x);
    if (place === undefined || target?.dtype !== 'int64' || target.data.length === 0) return node;
    const dims = this.#builder.typeOf(x).dims!;
    const copies = intAttribute(node, 'allowzero', 0) === 0;
    const wanted = Array.from(target.data, Number);
    // Lengths that nobody knows yet cannot be counted: only a leading batch is then told apart.
    if (dims.some((dim, at) => at !== place.axis && typeof dim === 'string'))
      return this.#withTarget(node, place.axis === 0 ? this.#leading(wanted, copies) : wanted);
    const written = resolved(
      wanted.map((length, at) => (length === 0 && copies ? this.#exportedLength(dims[at]) : length)),
      product(dims) * this.#exported,
    );
    const axis = this.#axisOfImages(written, dims, place);
    if (axis === undefined || written[axis]! % this.#exported !== 0) return node;
    const before = product(written.slice(0, axis));
    if (place.before > before)
      for (const output of node.outputs) this.#merged.set(output, place.before / before);
    return this.#withTarget(node, written.with(axis, -1));
  }

  /**
   * The axis of a target that the images come to lie in: one of their own, else merged with what follows (heads of attention),
   * else with what comes before, where what follows is one axis or stays as it is (rows of a matrix).
   */
  #axisOfImages(target: readonly number[], dims: readonly Dim[], place: BatchPlace): number | undefined {
    const upTo = (end: number) => product(target.slice(0, end));
    const ends = [...target.keys(), target.length];
    const boundary = ends.find((end) => upTo(end) === place.before);
    // Where there were several images, lengths say whether what comes before was merged with them.
    if (boundary === undefined) {
      const merged = ends.find((end) => upTo(end) === place.before * this.#exported);
      return merged === undefined || merged === 0 ? undefined : merged - 1;
    }
    if (boundary === 0 || this.#exported !== 1 || target[boundary] === 1) return boundary;
    const rest = target.slice(boundary);
    const stays = rest.join() === dims.slice(place.axis + 1).join();
    return rest.length <= 1 || stays ? boundary - 1 : boundary;
  }

  /** Next to a computed length only the batch as it came can be copied; elsewhere the first length takes what is left. */
  #leading(target: readonly number[], copies: boolean): readonly number[] {
    if (target[0] !== this.#exported) return target;
    if (!target.includes(-1)) return target.with(0, -1);
    return copies ? target.with(0, 0) : target;
  }

  #withTarget(node: Node, target: readonly number[]): Node {
    return { ...node, inputs: [node.inputs[0]!, this.#builder.ints(target)] };
  }

  #exportedLength(dim: Dim | undefined): number {
    return dim === undefined ? 0 : lengthPerImage(dim) * (typeof dim === 'string' ? this.#exported : 1);
  }

  /** A constant that is put beside every image, such as a class token, is repeated for each of them. */
  #concat(node: Node): Node {
    const builder = this.#builder;
    const image = node.inputs.find((input) => this.#placeOf(input)?.axis === 0);
    const dims = image && builder.typeOf(image).dims;
    if (!dims || normaliseAxis(intAttribute(node, 'axis', 0), dims.length, node.name) === 0) return node;
    const inputs = node.inputs.map((input) => {
      const own = builder.typeOf(input).dims;
      const isAlone = own?.[0] === this.#exported && own.every((dim) => typeof dim === 'number');
      return isAlone ? this.#repeated(node, input, image) : input;
    });
    return { ...node, inputs };
  }

  /** A value of one image, as often as there are images in another one. */
  #repeated(node: Node, value: string, like: string): string {
    const write = writerBeside(this.#builder, node);
    const [first, one] = [this.#builder.ints([0]), this.#builder.ints([1])];
    // What the exporter repeated for its own number of images is the same for each.
    const single = this.#exported === 1 ? value : write('Slice', [value, first, one, first]);
    const count = write('Shape', [like], { start: int(0), end: int(1) });
    const rest = this.#builder.ints(this.#builder.dims(single).slice(1));
    return write('Expand', [single, write('Concat', [count, rest], { axis: int(0) })]);
  }

  /** Sizes are kept for those axes only that are resized. */
  #resize(node: Node): Node {
    const x = node.inputs[0]!;
    const dims = this.#builder.typeOf(x).dims;
    const sizes = this.#builder.initializers.get(node.inputs[3] ?? '');
    if (!dims || this.#placeOf(x)?.axis !== 0 || sizes?.data.length !== dims.length) return node;
    const wanted = Array.from(sizes.data, Number);
    const resized = dims.flatMap((dim, axis) => (axis > 0 && wanted[axis] !== dim ? [axis] : []));
    const axes = resized.length === 0 ? [dims.length - 1] : resized;
    if (intsAttribute(node, 'axes') !== undefined) return node;
    return {
      ...node,
      inputs: [x, '', '', this.#builder.ints(axes.map((axis) => wanted[axis]!))],
      attributes: new Map([...node.attributes, ['axes', ints(axes)]]),
    };
  }

  /** A target says how often each axis is repeated; the images are not. */
  #expand(node: Node): Node {
    const [x, shape] = node.inputs as [string, string];
    const target = this.#builder.initializers.get(shape);
    const place = this.#placeOf(x);
    if (place === undefined || target?.dtype !== 'int64') return node;
    const dims = this.#builder.typeOf(x).dims!;
    const wanted = Array.from(target.data, Number);
    const at = place.axis + wanted.length - dims.length;
    if (at < 0 || wanted[at] !== this.#exportedLength(dims[place.axis])) return node;
    return this.#withTarget(node, wanted.with(at, 1));
  }

  /** All of one image in a row and picked from, as exporters write strided views: the same within each image. */
  #gather(node: Node): Node {
    const [x, indices] = node.inputs as [string, string];
    const dims = this.#builder.typeOf(x).dims;
    const picked = this.#builder.initializers.get(indices);
    const isRow = dims?.length === 1 && this.#placeOf(x)?.before === 1;
    if (!isRow || this.#exported !== 1 || picked?.dims[0] !== 1) return node;
    const length = lengthPerImage(dims[0]!);
    const shape = picked.dims.slice(1);
    if (isInOrder(picked, length)) {
      const target = this.#builder.ints([-1, ...shape]);
      return { ...node, operator: 'Reshape', inputs: [x, target], attributes: new Map() };
    }
    const rows = writerBeside(this.#builder, node)('Reshape', [x, this.#builder.ints([-1, length])]);
    const own = this.#builder.constant({ ...picked, dims: shape });
    return { ...node, inputs: [rows, own], attributes: attributes({ axis: int(1) }) };
  }
}

function isInOrder({ data, dims }: Tensor, length: number): boolean {
  return elementCount(dims) === length && Array.from(data, Number).every((index, at) => index === at);
}

/** A target with its computed length as a number. */
function resolved(target: readonly number[], elements: number): readonly number[] {
  const known = target.filter((length) => length !== -1).reduce((all, length) => all * length, 1);
  return target.map((length) => (length === -1 ? elements / known : length));
}
