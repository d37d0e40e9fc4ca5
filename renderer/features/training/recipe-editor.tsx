import { Accordion } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ComputingFields } from './computing-fields.tsx';
import { DataFields } from './data-fields.tsx';
import { GuardFields } from './guard-fields.tsx';
import { HeadFields } from './head-fields.tsx';
import { PhasesFields } from './phases-fields.tsx';
import { RuleFields } from './rule-fields.tsx';
import { TestFields } from './test-fields.tsx';
import type { Plan } from './use-plan.ts';

/** Every number of the training; what is changed here changes the sentence and the drawing too. */
export function RecipeEditor({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recipe, edit } = plan;
  const sections = [
    { id: 'data', content: <DataFields recipe={recipe} edit={edit} plan={plan} /> },
    { id: 'head', content: <HeadFields recipe={recipe} edit={edit} /> },
    { id: 'phases', content: <PhasesFields plan={plan} /> },
    { id: 'rules', content: <RuleFields recipe={recipe} edit={edit} /> },
    { id: 'guard', content: <GuardFields recipe={recipe} edit={edit} /> },
    { id: 'test', content: <TestFields plan={plan} /> },
    { id: 'computing', content: <ComputingFields plan={plan} /> },
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
