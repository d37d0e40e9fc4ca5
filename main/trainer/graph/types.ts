/** Element types the network core computes with; float16 is stored as its 16 raw bits, since not every runtime has Float16Array. */
export type ElementType = 'float32' | 'float16' | 'float64' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** The storage behind each element type, so that a tensor's data can be read without a cast. */
export interface ElementStorage {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly float64: Float64Array;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}

/** A dense row-major array with a fixed shape; weights, feeds and results all have this form. */
export type Tensor = {
  readonly [T in ElementType]: {
    readonly dims: readonly number[];
    readonly dtype: T;
    readonly data: ElementStorage[T];
  };
}[ElementType];

/** The tensor type most of the core works on. */
export type FloatTensor = Extract<Tensor, { dtype: 'float32' }>;

/** One axis length: a number, or the name of a length that is only known at run time (the batch). */
export type Dim = number | string;

/** Type and shape of a value; the shape is null where inference cannot know it. */
export interface ValueType {
  readonly dtype: ElementType;
  readonly dims: readonly Dim[] | null;
  /** The numbers of a shape computation where they are known, lengths known only by name included. */
  readonly values?: readonly Dim[];
}

/** A graph input or output. */
export interface ValueInfo extends ValueType {
  readonly name: string;
}

/** Attribute values keep their ONNX type, because 1 and 1.0 are different attributes to a runtime. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

/** The standard ONNX operators have the empty domain; our gradient operators have `enxerto.gradient`. */
export type Domain = '' | 'com.microsoft' | 'enxerto.gradient';

/** One operator of a network, with ONNX's own operator names and semantics (opset 18). */
export interface Node {
  /** Unique in its graph; for imported networks the module path, such as `/blocks/6/0/conv_pw/Conv`. */
  readonly name: string;
  readonly operator: string;
  readonly domain: Domain;
  /** Value names; an omitted optional input is the empty string. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A network, or any part of one: an ONNX graph in memory, immutable, nodes in an order in which they can be run. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Weights and constants by value name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** What is known of every value's type; complete after `specialise`. */
  readonly types: ReadonlyMap<string, ValueType>;
}

/** The one opset graphs have in memory and in written files (antialiased Resize came with 18). */
export const OPSET = 18;
