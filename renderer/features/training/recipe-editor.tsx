import { Accordion } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { DataFields } from './data-fields.tsx';
import { GuardFields } from './guard-fields.tsx';
import { HeadFields } from './head-fields.tsx';
import { PhaseFields } from './phase-fields.tsx';
import { RuleFields } from './rule-fields.tsx';
import { TestFields } from './test-fields.tsx';
import type { Plan } from './use-plan.ts';

/** Every number of the recipe; what is changed here changes the sentence and the drawing too. */
export function RecipeEditor({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit } = plan;
  const changePhase = (at: number, change: Partial<TrainingPhase>) =>
    edit({
      ...recipe,
      phases: recipe.phases.map((phase, index) => (index === at ? { ...phase, ...change } : phase)),
    });
  const sections = [
    { id: 'data', content: <DataFields recipe={recipe} edit={edit} plan={plan} /> },
    { id: 'head', content: <HeadFields recipe={recipe} edit={edit} /> },
    {
      id: 'phases',
      content: recipe.phases.map((phase, index) => (
        <PhaseFields
          key={phase.name}
          phase={phase}
          title={t('training.numbers.phase', {
            number: index + 1,
            name: t(`training.term.${phase.name === 'head' ? 'featureExtraction' : phase.name}`),
          })}
          onChange={(change) => changePhase(index, change)}
        />
      )),
    },
    { id: 'rules', content: <RuleFields recipe={recipe} edit={edit} /> },
    { id: 'guard', content: <GuardFields recipe={recipe} edit={edit} /> },
    { id: 'test', content: <TestFields plan={plan} /> },
  ] as const;
  return (
    <Accordion multiple variant="default" chevronPosition="left">
      {sections.map(({ id, content }) => (
        <Accordion.Item key={id} value={id}>
          <Accordion.Control>{t(`training.numbers.groups.${id}`)}</Accordion.Control>
          <Accordion.Panel>{content}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
