import { Button, Group } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { withDeeperPhase } from '../../../shared/domain/recipes.ts';
import { ConductFields } from './conduct-fields.tsx';
import { PhaseFields } from './phase-fields.tsx';
import type { Plan } from './use-plan.ts';

/** Most phases that a recipe takes. */
const MOST_PHASES = 8;

/** The phases one after the other, each with its numbers; further ones can be added below the last. */
export function PhasesFields({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit, blocks } = plan;
  const { phases } = recipe;
  const changePhase = (at: number, change: Partial<TrainingPhase>) =>
    edit({
      ...recipe,
      phases: phases.map((phase, index) => (index === at ? { ...phase, ...change } : phase)),
    });
  const deeper = withDeeperPhase(
    recipe,
    blocks.map(({ id }) => id),
  );
  return (
    <>
      {phases.map((phase, index) => (
        // A phase has no name of its own: the same kind may come twice, and phases never change places.
        // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a phase is known by
        <div key={index} style={{ marginBottom: '1.5rem' }}>
          <PhaseFields
            phase={phase}
            title={t('training.numbers.phase', {
              number: index + 1,
              name: t(`training.term.${phase.name === 'head' ? 'featureExtraction' : phase.name}`),
            })}
            onChange={(change) => changePhase(index, change)}
          />
          <ConductFields
            phase={phase}
            recipe={recipe}
            edit={edit}
            blocks={blocks.length}
            onChange={(change) => changePhase(index, change)}
          />
          {index > 1 && (
            <Button
              mt="xs"
              size="compact-sm"
              variant="default"
              leftSection={<IconX size={14} aria-hidden />}
              onClick={() => edit({ ...recipe, phases: phases.filter((_, other) => other !== index) })}
            >
              {t('conduct.removePhase')}
            </Button>
          )}
        </div>
      ))}
      {deeper !== null && phases.length < MOST_PHASES && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => edit(deeper)}
          >
            {t('conduct.deeper')}
          </Button>
        </Group>
      )}
    </>
  );
}
