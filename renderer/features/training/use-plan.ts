import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ExecutorChoice } from '../../../shared/contract/executor.ts';
import type {
  BackboneBlock,
  BackboneInfo,
  Evaluation,
  Recipe,
  Strategy,
} from '../../../shared/contract/recipe.ts';
import type { Recommendation, TrainingEstimate } from '../../../shared/contract/training.ts';
import { studio } from '../../api/index.ts';
import { useProject } from '../../app/session.tsx';
import { editDraft, resetDraft, useDraft } from './draft.ts';

/** The next training as it stands: what is recommended, with what the person changed about it. */
export interface Plan {
  readonly recommendation: Recommendation;
  readonly recipe: Recipe;
  readonly evaluation: Evaluation;
  /** What computes this training; `null`: as set in Settings. */
  readonly executor: ExecutorChoice | null;
  readonly backbones: readonly BackboneInfo[];
  /** Blocks of the chosen backbone, from the input on; empty when nothing is pretrained. */
  readonly blocks: readonly BackboneBlock[];
  readonly estimate: TrainingEstimate | undefined;
  readonly isEdited: boolean;
  readonly chooseStrategy: (strategy: Strategy) => void;
  readonly edit: (recipe: Recipe) => void;
  readonly editEvaluation: (evaluation: Evaluation) => void;
  readonly chooseExecutor: (executor: ExecutorChoice | null) => void;
  readonly reset: () => void;
}

/** Reads the recommendation and joins it with the draft; `plan` is `null` until the engine has answered. */
export function usePlan(): { readonly plan: Plan | null; readonly error: unknown } {
  const project = useProject();
  const draft = useDraft(project.location);
  const recommended = useQuery({
    ...studio.training.recommend.queryOptions({
      input: draft.strategy === null ? {} : { strategy: draft.strategy },
    }),
    placeholderData: keepPreviousData,
  });
  const backbones = useQuery({
    ...studio.training.backbones.queryOptions(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const recommendation = recommended.data;
  const recipe = draft.recipe ?? recommendation?.recipe;
  const evaluation = draft.evaluation ?? recommendation?.evaluation;
  const [asked] = useDebouncedValue({ recipe, evaluation, executor: draft.executor }, 300);
  const canEstimate = recommendation?.warnings.every(({ severity }) => severity !== 'stop') ?? false;
  const estimate = useQuery({
    ...studio.training.estimate.queryOptions({
      input: {
        recipe: asked.recipe as Recipe,
        evaluation: asked.evaluation as Evaluation,
        ...(asked.executor !== null && { executor: asked.executor }),
      },
    }),
    enabled: canEstimate && asked.recipe !== undefined && asked.evaluation !== undefined,
    placeholderData: keepPreviousData,
  });
  const error = recommended.error ?? backbones.error;
  if (recommendation === undefined || recipe === undefined || evaluation === undefined || !backbones.data) {
    return { plan: null, error };
  }
  return {
    error,
    plan: {
      recommendation,
      recipe,
      evaluation,
      executor: draft.executor,
      backbones: backbones.data,
      blocks: backbones.data.find(({ id }) => id === recipe.backbone)?.blocks ?? [],
      estimate: estimate.data,
      isEdited: Object.values(draft).some((changed) => changed !== null),
      chooseStrategy: (strategy) => editDraft({ strategy, recipe: null }),
      edit: (next) => editDraft({ recipe: next }),
      editEvaluation: (next) => editDraft({ evaluation: next }),
      chooseExecutor: (executor) => editDraft({ executor }),
      reset: resetDraft,
    },
  };
}
