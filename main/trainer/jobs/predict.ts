import type { PredictManifest, TrainerEvent } from '../../../shared/contract/trainer.ts';
import { executorsFor } from '../executors/roles.ts';
import { openPredictor } from '../export/predictor.ts';
import { tellSmallerPass } from '../loop/memory.ts';
import { loadModel } from '../loop/model-files.ts';
import type { Job } from './job.ts';
import { createPacer } from './pace.ts';

type Answers = Extract<TrainerEvent, { type: 'answers' }>['answers'];

/** Answers sent at once: few enough to be read quickly, many enough not to be felt. */
const CHUNK = 64;

/** Answers for any image files with a trained model, in the manifest's order; unreadable ones are listed, the rest answered. */
export const runPredictJob: Job<PredictManifest> = async (
  manifest,
  { control, reporter, clock },
  { smaller },
) => {
  const { images, runtime } = manifest;
  reporter.progress({ stage: 'preparing', done: 0, total: images.length });
  const model = await loadModel(manifest.model, manifest.files.backbones);
  const computing = await executorsFor(runtime, manifest.files);
  const pacer = createPacer(clock);
  const predictor = await openPredictor(model, {
    executor: computing.forward,
    threads: runtime.threads,
    smaller,
    onSmaller: (before, after) => {
      pacer.restart();
      tellSmallerPass(reporter, before, after);
    },
  });
  let failed = 0;
  let done = 0;
  let chunk: Answers = [];
  const send = () => {
    if (chunk.length > 0) reporter.send({ type: 'answers', answers: chunk });
    chunk = [];
  };
  try {
    for await (const answer of predictor.answers(images)) {
      await control.breathe(async () => pacer.restart());
      if ('error' in answer) {
        failed++;
        chunk.push({ key: answer.file.key, probabilities: null, error: answer.error.message });
      } else chunk.push({ key: answer.file.key, probabilities: [...answer.probabilities], error: null });
      if (chunk.length >= CHUNK) send();
      done++;
      reporter.progress({ stage: 'predicting', done, ...pacer.at(done, images.length) });
    }
    send();
  } finally {
    await predictor.dispose();
  }
  return { images: images.length, failed, run: model.description.run, classes: model.description.classes };
};
