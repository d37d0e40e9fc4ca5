export { LearningCurves } from './curves.tsx';
export { isActive, LiveRun } from './live-run.tsx';
export { logLineText } from './log-line.ts';
export { runPart } from './run-part.ts';
export { TrainPlace } from './train-place.tsx';
export { useRun } from './use-run.ts';
