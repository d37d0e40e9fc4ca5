import { computingContract } from './computing.ts';
import { classesContract, imagesContract, labelsContract } from './images.ts';
import { projectsContract, systemContract } from './project.ts';
import { trainingContract } from './training.ts';

/** Everything the page and the command line may ask of the engine; the only source of both sides' types. */
export const contract = {
  system: systemContract,
  projects: projectsContract,
  images: imagesContract,
  classes: classesContract,
  labels: labelsContract,
  training: trainingContract,
  computing: computingContract,
};
export type Contract = typeof contract;
