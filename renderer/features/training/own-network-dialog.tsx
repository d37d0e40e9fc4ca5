import { Button, Group, Modal, NumberInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import { client } from '../../api/index.ts';
import { type Answers, idOf, requestOf, unanswered } from './own-network-answers.ts';
import { AdoptionView, Refusal } from './own-network-report.tsx';
import { FileField, ScalingFields } from './own-network-scaling.tsx';
import { useTaking } from './own-network-task.ts';

interface FormProps {
  readonly answers: Answers;
  readonly onAnswer: (change: Partial<Answers>) => void;
  readonly isTaken: boolean;
}

function Questions({ answers, onAnswer, isTaken }: FormProps) {
  const { t } = useTranslation();
  return (
    <>
      <FileField
        label={t('ownNetwork.file')}
        what={t('ownNetwork.what')}
        choose={t('ownNetwork.chooseFile')}
        file={answers.network}
        pick={() => client.system.pickFiles({ purpose: 'model' })}
        onPick={(network) =>
          onAnswer({ network, name: answers.name || network.name.replace(/\.onnx$/i, '') })
        }
      />
      <FileField
        label={t('ownNetwork.weights')}
        what={t('ownNetwork.weightsWhat')}
        choose={t('ownNetwork.chooseWeights')}
        file={answers.weights}
        pick={() => client.system.pickFiles({ purpose: 'weights' })}
        onPick={(weights) => onAnswer({ weights })}
      />
      <TextInput
        label={t('ownNetwork.name')}
        maxLength={60}
        value={answers.name}
        error={isTaken && t('ownNetwork.nameTaken')}
        onChange={({ currentTarget }) => onAnswer({ name: currentTarget.value })}
      />
      <ScalingFields answers={answers} onAnswer={onAnswer} />
      <NumberInput
        label={t('ownNetwork.trainedSize')}
        description={t('ownNetwork.trainedSizeWhat')}
        placeholder="224"
        min={16}
        max={2048}
        clampBehavior="blur"
        allowDecimal={false}
        allowNegative={false}
        value={answers.size ?? ''}
        onChange={(value) => onAnswer({ size: typeof value === 'number' ? value : null })}
      />
      {(['licence', 'trainedOn', 'knownBias'] as const).map((field) => (
        <TextInput
          key={field}
          label={t(`ownNetwork.${field}`)}
          placeholder={t('ownNetwork.notStated')}
          maxLength={2000}
          value={answers[field]}
          onChange={({ currentTarget }) => onAnswer({ [field]: currentTarget.value })}
        />
      ))}
    </>
  );
}

interface DialogProps {
  readonly taken: readonly string[];
  readonly onTaken: (id: string, report: AdoptionReport) => void;
  readonly onClose: () => void;
}

/** Asks for a network's file and what is known of it, takes it, and says what was found or why it was refused. */
export function OwnNetworkDialog({ taken, onTaken, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [answers, setAnswers] = useState(unanswered);
  // Of this file a refusal speaks, whatever is chosen after it.
  const [asked, setAsked] = useState('');
  const { taking, start, stop } = useTaking(onTaken);
  const isTaken = taken.includes(idOf(answers.name));
  const request = isTaken ? null : requestOf(answers);
  const close = () => {
    stop();
    onClose();
  };
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t('ownNetwork.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {taking.kind === 'asking' && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (request === null) return;
            setAsked(answers.network?.name ?? answers.name);
            start(request);
          }}
        >
          <Stack gap="md">
            {taking.failure !== null && <Refusal failure={taking.failure} file={asked} />}
            <Questions
              answers={answers}
              isTaken={isTaken}
              onAnswer={(change) => setAnswers((now) => ({ ...now, ...change }))}
            />
            {request === null && !isTaken && (
              <Text size="xs" c="dimmed" ta="right" mb={-8}>
                {t('ownNetwork.needed')}
              </Text>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" disabled={request === null}>
                {t('ownNetwork.go')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {taking.kind === 'running' && (
        <Running stage={taking.stage} done={taking.done} total={taking.total} onStop={stop} />
      )}
      {taking.kind === 'done' && (
        <Stack gap="md">
          <AdoptionView name={answers.name} report={taking.report} />
          <Group justify="flex-end">
            <Button data-autofocus onClick={onClose}>
              {t('common.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function Running({
  stage,
  done,
  total,
  onStop,
}: {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly onStop: () => void;
}) {
  const { t } = useTranslation();
  const known = (['verifying', 'saving'] as const).find((each) => each === stage) ?? 'preparing';
  const label = t(`ownNetwork.stages.${known}`);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" role="status">
          {label}
        </Text>
        <Button variant="default" size="xs" onClick={onStop}>
          {t('ownNetwork.stop')}
        </Button>
      </Group>
      <Progress aria-label={label} value={total === 0 ? 5 : Math.max(5, (100 * done) / total)} animated />
    </Stack>
  );
}
