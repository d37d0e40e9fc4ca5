import { Alert, Anchor, Collapse, Group, List, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconBan } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Warning } from '../../../shared/contract/advice.ts';
import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import { strategy as strategies } from '../../../shared/contract/recipe.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { Term } from '../../ui/term.tsx';
import { ChosenExecutor } from './computing-fields.tsx';
import { FrozenMark, LearningMark } from './marks.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

/** What the values of a code are counted by, for the plural. */
function counted(params: Readonly<Record<string, string | number>>): Record<string, string | number> {
  const count = params.images ?? params.blocks ?? params.groups;
  return count === undefined ? { ...params } : { ...params, count };
}

function WarningLine({ warning }: { readonly warning: Warning }) {
  const { t } = useTranslation();
  const isStop = warning.severity === 'stop';
  return (
    <Alert
      variant="light"
      color={isStop ? 'red' : 'yellow'}
      p="xs"
      icon={isStop ? <IconBan size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />}
    >
      <Text size="sm">
        {t(`training.warning.${warning.code}` as 'training.warning.noImages', counted(warning.params))}
      </Text>
    </Alert>
  );
}

function PhaseLine({
  phase,
  number,
  seconds,
}: {
  readonly phase: TrainingPhase;
  readonly number: number;
  readonly seconds: number | undefined;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const term = phase.name === 'head' ? 'featureExtraction' : phase.name;
  return (
    <div className={styles.step}>
      <span className={styles.stepNumber}>{number}</span>
      <div>
        {phase.name === 'fineTuning'
          ? t('training.step.fineTuning', { count: phase.trainableBlocks.length })
          : t(`training.step.${phase.name}`)}{' '}
        <Term word={t(`training.term.${term}`)} why={t(`training.term.${term}Why`)} />
      </div>
      <span className={styles.stepMarks}>
        {phase.name === 'scratch' ? (
          <LearningMark />
        ) : (
          <>
            <FrozenMark />
            {phase.name === 'fineTuning' && <LearningMark />}
            <LearningMark />
          </>
        )}
      </span>
      <Text component="span" size="sm" c="dimmed" ta="right">
        {seconds === undefined ? '' : `≈ ${formats.duration(seconds)}`}
      </Text>
    </div>
  );
}

function EstimateLines({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { estimate } = plan;
  if (estimate === undefined) return null;
  const memory = formats.bytes(estimate.memoryBytes);
  const disk = formats.bytes(estimate.diskBytes);
  const isMemoryShort = estimate.memoryBytes > estimate.freeMemoryBytes;
  const isDiskShort = estimate.diskBytes > estimate.freeDiskBytes;
  return (
    <Stack gap={4}>
      <Text size="sm">
        {t('training.total', { time: formats.duration(estimate.seconds) })}
        {!estimate.measured && (
          <Text component="span" c="dimmed" size="xs">
            {' '}
            · {t('training.guess')}
          </Text>
        )}
      </Text>
      {isMemoryShort || isDiskShort ? (
        <Alert variant="light" color="yellow" p="xs" icon={<IconAlertTriangle size={18} aria-hidden />}>
          {isMemoryShort
            ? t('training.memoryShort', { memory, free: formats.bytes(estimate.freeMemoryBytes) })
            : t('training.diskShort', { disk, free: formats.bytes(estimate.freeDiskBytes) })}
        </Alert>
      ) : (
        <Text size="xs" c="dimmed">
          {t('training.memory', {
            memory,
            free: formats.bytes(estimate.freeMemoryBytes),
            disk,
            freeDisk: formats.bytes(estimate.freeDiskBytes),
          })}
        </Text>
      )}
      <ChosenExecutor plan={plan} />
    </Stack>
  );
}

function Reasons({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <div>
      <Group gap="md">
        <Anchor component="button" type="button" size="sm" aria-expanded={isOpen} onClick={toggle}>
          {t('training.why')}
        </Anchor>
        {plan.isEdited && (
          <Anchor component="button" type="button" size="sm" onClick={plan.reset}>
            {t('training.reset')}
          </Anchor>
        )}
      </Group>
      <Collapse expanded={isOpen}>
        <List size="sm" mt="xs" spacing={4}>
          {plan.recommendation.reasons.map((reason) => (
            <List.Item key={reason.code}>
              {t(`training.reason.${reason.code}` as 'training.reason.headFirst', counted(reason.params))}
            </List.Item>
          ))}
        </List>
      </Collapse>
    </div>
  );
}

function testWords(evaluation: Plan['evaluation'], t: TFunction): string {
  if (evaluation.kind === 'holdOut') return t('training.step.held');
  return evaluation.kind === 'stated'
    ? t('training.step.stated')
    : t('training.step.test', { count: evaluation.folds });
}

/** The next training as a sentence: what will happen, why, how long it takes. */
export function PlanCard({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { recommendation, recipe, evaluation, estimate } = plan;
  // The first is the pass that describes each image once.
  const phaseSeconds = recipe.phases.map((_, index) => estimate?.phases[index + 1]?.seconds);
  return (
    <Stack gap="sm">
      <Title order={2}>
        {t('training.what')}{' '}
        {recipe.strategy === 'hybrid' && (
          <Term word={t('training.term.hybrid')} why={t('training.term.hybridWhy')} />
        )}
      </Title>
      {recommendation.warnings.map((warning, index) => (
        <WarningLine key={`${warning.code}-${index.toString()}`} warning={warning} />
      ))}
      <Text>
        {t('training.haveImages', { count: recommendation.images, classes: recommendation.classes })}
      </Text>
      <SegmentedControl
        classNames={{ root: styles.strategies, label: styles.strategy }}
        aria-label={t('training.strategy.title')}
        data={strategies.options.map((value) => ({ value, label: t(`training.strategy.${value}`) }))}
        value={recipe.strategy}
        onChange={(value) => plan.chooseStrategy(value)}
      />
      <div>
        {recipe.phases.map((phase, index) => (
          <PhaseLine
            // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a phase is known by
            key={index}
            phase={phase}
            number={index + 1}
            seconds={phaseSeconds[index]}
          />
        ))}
        <div className={styles.step}>
          <span className={styles.stepNumber}>{recipe.phases.length + 1}</span>
          <div>
            {testWords(evaluation, t)}{' '}
            {evaluation.kind === 'holdOut' ? (
              <Term word={t('training.term.holdOut')} why={t('training.term.holdOutWhy')} />
            ) : (
              <Term word={t('training.term.crossValidation')} why={t('training.term.crossValidationWhy')} />
            )}
          </div>
        </div>
        <div className={styles.step}>
          <span className={styles.stepNumber}>{recipe.phases.length + 2}</span>
          <div>{t('training.step.final')}</div>
        </div>
      </div>
      <EstimateLines plan={plan} />
      <Reasons plan={plan} />
    </Stack>
  );
}
