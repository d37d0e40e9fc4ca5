import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Reporter } from '../jobs/reporter.ts';
import type { ModelPlan } from './model-plan.ts';
import type { EpochResult, PhasePosition } from './phase-run.ts';

/** Turns what happens in the loop into progress, epochs and the time that is left. */
export interface Tracker {
  readonly phaseStarts: (plan: ModelPlan, phase: number, trainableBlocks: readonly string[]) => void;
  /** Steps are about to be taken: what came before, once, says nothing of how long the rest takes. */
  readonly stepsStart: () => void;
  /** Another set of blocks learns from now on. */
  readonly blocksChange: (trainableBlocks: readonly string[]) => void;
  readonly batchDone: (plan: ModelPlan, phase: number, images: number, position: PhasePosition) => void;
  readonly epochDone: (plan: ModelPlan, phase: number, epoch: EpochResult) => void;
}

/** A tracker for a run of `models` models. */
export function createTracker(
  manifest: TrainManifest,
  models: number,
  { reporter, clock }: { readonly reporter: Reporter; readonly clock: Clock },
): Tracker {
  // A probe is solved at one go, and counts as one epoch.
  const phases = manifest.recipe.phases.map(({ name, epochs, probe }) => ({
    name,
    epochs: probe.kind === 'gradient' ? epochs : 1,
  }));
  // Seconds an image takes in each phase, everything between the batches included; measured as it runs.
  const spent = phases.map(() => ({ seconds: 0, images: 0 }));
  let mark = clock.now();
  const secondsLeft = (plan: ModelPlan, phase: number, doneInPhase: number): number | null => {
    let total = 0;
    for (const [index, { epochs }] of phases.entries()) {
      const measured = spent[index]!;
      const later = models - plan.model - (index > phase ? 0 : 1);
      const images =
        epochs * plan.training.length * later +
        (index === phase ? epochs * plan.training.length - doneInPhase : 0);
      if (images > 0 && measured.images === 0) return null;
      if (images > 0) total += (images * measured.seconds) / measured.images;
    }
    return total;
  };
  return {
    phaseStarts: (plan, phase, trainableBlocks) => {
      mark = clock.now();
      const { name, epochs } = phases[phase]!;
      reporter.progress({
        stage: 'training',
        fold: plan.fold,
        model: plan.model,
        models,
        phase,
        phases: phases.length,
        phaseName: name,
        epoch: 0,
        epochs,
        done: 0,
        total: epochs * plan.training.length,
        trainableBlocks: [...trainableBlocks],
      });
      reporter.flush();
    },
    stepsStart: () => {
      mark = clock.now();
    },
    blocksChange: (trainableBlocks) => {
      reporter.progress({ trainableBlocks: [...trainableBlocks] });
      // Few and worth seeing: not left to be overtaken by the next one.
      reporter.flush();
    },
    batchDone: (plan, phase, images, position) => {
      const now = clock.now();
      const measured = spent[phase]!;
      measured.seconds += (now - mark) / 1000;
      measured.images += images;
      mark = now;
      const done = position.epoch * plan.training.length + position.seen;
      reporter.progress({
        // Before the first step of a program, what it is to be may have been measured.
        stage: 'training',
        epoch: position.epoch,
        done,
        imagesPerSecond: measured.seconds > 0 ? measured.images / measured.seconds : null,
        secondsLeft: secondsLeft(plan, phase, done),
      });
    },
    epochDone: (plan, phase, epoch) => {
      const { seconds } = epoch;
      const imagesPerSecond = seconds > 0 ? plan.training.length / seconds : 0;
      const metrics = { fold: plan.fold, phase, phaseName: phases[phase]!.name, ...epoch, imagesPerSecond };
      reporter.send({ type: 'epoch', metrics });
    },
  };
}
