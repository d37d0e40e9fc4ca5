import { classesHandlers } from './classes.ts';
import { computingHandlers } from './computing.ts';
import { imagesHandlers } from './images.ts';
import { labelsHandlers } from './labels.ts';
import { projectsHandlers } from './projects.ts';
import { systemHandlers } from './system.ts';
import { trainingHandlers } from './training.ts';

/** Every method of the contract with its handler. */
export const router = {
  system: systemHandlers,
  projects: projectsHandlers,
  images: imagesHandlers,
  classes: classesHandlers,
  labels: labelsHandlers,
  training: trainingHandlers,
  computing: computingHandlers,
};
export type Router = typeof router;
