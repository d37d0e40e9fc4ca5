import { z } from 'zod';

/** One module of a network, its parts following it with a greater depth. */
export const networkLayer = z.object({
  /** Names from the outside in, with dots; empty for the whole network. */
  path: z.string(),
  name: z.string(),
  depth: z.int().nonnegative(),
  /** `Block` for what has parts, else the operator that does the work. */
  kind: z.string(),
  parameters: z.int().nonnegative(),
  /** For one image. */
  multiplyAdds: z.int().nonnegative(),
  /** Shape of its result; names stand for what is open, such as the batch. */
  dims: z.array(z.union([z.int(), z.string()])),
  /** Pixels of the image that one element depends on; `null`: all of them. */
  receptiveField: z.int().nullable(),
  /** Of one image, kept while training through it. */
  activationBytes: z.int().nonnegative(),
  /** The values at which the network can be cut after it; `null` where more cross than are kept side by side. */
  cut: z.array(z.string()).nullable(),
});
export type NetworkLayer = z.infer<typeof networkLayer>;

/** A block that can be frozen, and what training from the next one on takes. */
export const networkStage = z.object({
  name: z.string(),
  /** The values it ends with: one, or several that cross side by side. */
  outputs: z.array(z.string()),
  /** Of one image, at the cut. */
  cachedBytes: z.int().nonnegative(),
  /** Of one image, kept above the cut. */
  activationBytes: z.int().nonnegative(),
  /** Numbers above the cut. */
  parameters: z.int().nonnegative(),
});

/** What an .onnx file holds, for deciding whether and from where to train it. */
export const networkReport = z.object({
  name: z.string(),
  input: z.object({ name: z.string(), dims: z.array(z.union([z.int(), z.string()])) }),
  nodes: z.int(),
  parameters: z.int(),
  multiplyAdds: z.int(),
  layers: z.array(networkLayer),
  stages: z.array(networkStage),
  /** Arrays of the given weights file, all of which are this network's; `null` where none was given. */
  weights: z.int().nullable(),
});
export type NetworkReport = z.infer<typeof networkReport>;
