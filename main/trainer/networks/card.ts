/** One stage of a backbone, in order from the image to the features. */
export interface BackboneStage {
  readonly name: string;
  /** Value at which the network can be cut after this stage. */
  readonly output: string;
}

/** What must be known of a backbone to feed it, cut it and ship it; read from the JSON beside its .onnx. */
export interface BackboneCard {
  readonly name: string;
  /** File name of the network, beside the card. */
  readonly file: string;
  readonly sha256: string;
  /** Name of the image input (NCHW, RGB, float32). */
  readonly input: string;
  /** Height and width it was trained at. */
  readonly size: readonly [number, number];
  /** Whether other sizes work (fully convolutional). */
  readonly anySize: boolean;
  /** (x − mean) / std per channel on 0…255 values. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Value holding the pooled features [batch, featureCount]. */
  readonly features: string;
  readonly featureCount: number;
  readonly stages: readonly BackboneStage[];
  /** Stages whose spatial means, concatenated, make the multi-level features. */
  readonly multiLevel: readonly string[];
}
