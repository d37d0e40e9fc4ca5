import { writeWhole } from '../../lib/atomic-write.ts';
import { IMAGE, PIXEL_PIPELINE, pixelStage, RESIZED } from '../data/pixel-stage.ts';
import { attributes, int } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { joinGraphs } from '../graph/join.ts';
import { type OnnxMetadata, writeOnnx } from '../graph/onnx-writer.ts';
import type { Graph } from '../graph/types.ts';
import type { TrainedModel } from '../loop/model-files.ts';
import { withBatch } from '../networks/attach.ts';
import { LOGITS } from '../networks/head.ts';
import { PIXELS } from '../networks/input-stage.ts';

/** Name of the exported file's output: one number between 0 and 1 a class, float32 [1, classes]. */
export const PROBABILITIES = 'probabilities';

/**
 * A trained model as one ONNX graph that needs nothing else: input `image`, uint8 [1, height, width, 3], RGB, any
 * size, upright; resize, padding, scaling, network and softmax (sigmoid for several labels) inside; output
 * `probabilities` [1, classes].
 */
export function exportGraph(model: TrainedModel): Graph {
  const { description, assembly } = model;
  const network = foldBatchNormalization(withBatch(model.network, 1));
  const pixels = pixelStage(description.shape, assembly.mean);
  const builder = new GraphBuilder(joinGraphs(pixels, network, new Map([[PIXELS, RESIZED]])));
  const probabilities =
    description.task === 'singleLabel'
      ? builder.op('Softmax', [LOGITS], { attributes: attributes({ axis: int(1) }) })
      : builder.op('Sigmoid', [LOGITS]);
  return builder.finish('enxerto classifier', [builder.alias(probabilities, PROBABILITIES)]);
}

/** What whoever opens the file elsewhere needs to know, as plain strings and JSON. */
export function exportMetadata(model: TrainedModel): OnnxMetadata {
  const { description, backbone, assembly } = model;
  const { shape } = description;
  return {
    'enxerto.classes': JSON.stringify(description.classes.map((entry) => entry.name)),
    'enxerto.task': description.task,
    'enxerto.input': `${IMAGE}: uint8 [1, height, width, 3], RGB, EXIF orientation applied, any size`,
    'enxerto.output':
      description.task === 'singleLabel'
        ? `${PROBABILITIES}: float32 [1, classes], softmax: they add up to 1`
        : `${PROBABILITIES}: float32 [1, classes], sigmoid: each class on its own, 0.5 is the border`,
    'enxerto.preprocessing': JSON.stringify({
      inside: true,
      pipeline: PIXEL_PIPELINE,
      height: shape.height,
      width: shape.width,
      fit: shape.fit,
      resize: 'cubic (a = -0.5), antialiased',
      fill: assembly.mean,
    }),
    'enxerto.backbone': backbone
      ? `${backbone.card.name} (${backbone.card.licence ?? 'licence not stated'})`
      : 'none: trained from scratch',
    'enxerto.run': description.run,
    'enxerto.program': description.program,
  };
}

/** Writes the exported file in one step; gives its bytes. */
export async function writeExport(model: TrainedModel, target: string): Promise<Uint8Array> {
  const bytes = writeOnnx(exportGraph(model), exportMetadata(model));
  await writeWhole(target, bytes);
  return bytes;
}
