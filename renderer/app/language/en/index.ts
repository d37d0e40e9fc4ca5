import { actions } from './actions.ts';
import { classes } from './classes.ts';
import { common } from './common.ts';
import { computing } from './computing.ts';
import { conduct } from './conduct.ts';
import { failures } from './failures.ts';
import { images } from './images.ts';
import { importing } from './importing.ts';
import { labeling } from './labeling.ts';
import { ownNetwork } from './own-network.ts';
import { refusals } from './refusals.ts';
import { results } from './results.ts';
import { rules } from './rules.ts';
import { runLog } from './run-log.ts';
import { start } from './start.ts';
import { training } from './training.ts';
import { use } from './use.ts';

/** English: the language whose keys every other language must have. */
export const en = {
  actions,
  classes,
  common,
  computing,
  conduct,
  failures,
  images,
  importing,
  labeling,
  ownNetwork,
  refusals,
  results,
  rules,
  runLog,
  start,
  training,
  use,
};
