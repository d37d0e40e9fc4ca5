import { Button, Fieldset, Group, Modal, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../../../shared/contract/project.ts';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import type { AdoptBackbone } from '../../../shared/contract/training.ts';
import { client } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { AdoptionView, Refusal } from './own-network-report.tsx';
import { useTaking } from './own-network-task.ts';

const scalings = ['imagenet', 'symmetric', 'lite', 'unit', 'bytes', 'centred', 'reference'] as const;
type ScalingChoice = (typeof scalings)[number];
const orders = ['found', 'rgb', 'bgr'] as const;
type Order = (typeof orders)[number];

/** What the person has said of the network so far. */
interface Answers {
  readonly network: Grant | null;
  readonly reference: Grant | null;
  readonly name: string;
  readonly scaling: ScalingChoice | null;
  readonly order: Order;
  readonly licence: string;
  readonly trainedOn: string;
}
const unanswered: Answers = {
  network: null,
  reference: null,
  name: '',
  scaling: null,
  order: 'rgb',
  licence: '',
  trainedOn: '',
};

/** A name as files can bear it: letters without accents, digits, - and _. */
function idOf(name: string): string {
  const plain = name.normalize('NFD').replaceAll(/\p{Mark}/gu, '');
  return plain
    .trim()
    .replaceAll(/[^\w-]+/g, '_')
    .slice(0, 60);
}

function requestOf(answers: Answers, notStated: string): AdoptBackbone | null {
  const { network, reference, scaling, name, order } = answers;
  const isProved = scaling === 'reference';
  if (network === null || scaling === null || name.trim() === '' || (isProved && reference === null))
    return null;
  return {
    network: network.id,
    reference: isProved ? (reference?.id ?? null) : null,
    id: idOf(name),
    name: name.trim(),
    scaling: isProved ? null : scaling,
    order: order === 'found' ? null : order,
    mean: null,
    std: null,
    size: null,
    features: null,
    licence: answers.licence.trim() || notStated,
    trainedOn: answers.trainedOn.trim() || notStated,
    knownBias: notStated,
  };
}

function FileField({
  label,
  what,
  choose,
  file,
  onChoose,
}: {
  readonly label: string;
  readonly what: string;
  readonly choose: string;
  readonly file: Grant | null;
  readonly onChoose: () => Promise<void>;
}) {
  const { t } = useTranslation();
  return (
    <Fieldset variant="unstyled" legend={<Text size="sm">{label}</Text>}>
      <Text size="xs" c="dimmed" mb={4}>
        {what}
      </Text>
      <Group gap="sm">
        <Button variant="default" size="sm" onClick={() => void onChoose().catch(showFailure)}>
          {choose}
        </Button>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {file?.name ?? t('ownNetwork.noFile')}
        </Text>
      </Group>
    </Fieldset>
  );
}

interface FormProps {
  readonly answers: Answers;
  readonly onAnswer: (change: Partial<Answers>) => void;
  readonly isTaken: boolean;
}

function ScalingFields({ answers, onAnswer }: Omit<FormProps, 'isTaken'>) {
  const { t } = useTranslation();
  const isProved = answers.scaling === 'reference';
  return (
    <>
      <Select
        label={t('ownNetwork.scaling')}
        description={t('ownNetwork.scalingWhat')}
        data={scalings.map((value) => ({ value, label: t(`ownNetwork.scalings.${value}`) }))}
        value={answers.scaling}
        allowDeselect={false}
        onChange={(value) => {
          const scaling = scalings.find((each) => each === value) ?? null;
          onAnswer({ scaling, order: scaling === 'reference' ? 'found' : 'rgb' });
        }}
      />
      {isProved && (
        <FileField
          label={t('ownNetwork.reference')}
          what={t('ownNetwork.referenceWhat')}
          choose={t('ownNetwork.chooseReference')}
          file={answers.reference}
          onChoose={async () => {
            const reference = await client.system.pickFiles({ purpose: 'reference' });
            if (reference !== null) onAnswer({ reference });
          }}
        />
      )}
      <Select
        label={t('ownNetwork.order')}
        data={orders
          .filter((order) => isProved || order !== 'found')
          .map((value) => ({ value, label: t(`ownNetwork.orders.${value}`) }))}
        value={answers.order}
        allowDeselect={false}
        onChange={(value) => onAnswer({ order: orders.find((each) => each === value) ?? 'rgb' })}
      />
    </>
  );
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
        onChoose={async () => {
          const network = await client.system.pickFiles({ purpose: 'model' });
          if (network === null) return;
          const name = answers.name || network.name.replace(/\.onnx$/i, '');
          onAnswer({ network, name });
        }}
      />
      <TextInput
        label={t('ownNetwork.name')}
        maxLength={60}
        value={answers.name}
        error={isTaken && t('ownNetwork.nameTaken')}
        onChange={({ currentTarget }) => onAnswer({ name: currentTarget.value })}
      />
      <ScalingFields answers={answers} onAnswer={onAnswer} />
      {(['licence', 'trainedOn'] as const).map((field) => (
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
  const { taking, start, stop } = useTaking(onTaken);
  const isTaken = taken.includes(idOf(answers.name));
  const request = isTaken ? null : requestOf(answers, t('ownNetwork.notStated'));
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
            if (request !== null) start(request);
          }}
        >
          <Stack gap="md">
            <Questions
              answers={answers}
              isTaken={isTaken}
              onAnswer={(change) => setAnswers((now) => ({ ...now, ...change }))}
            />
            {taking.failure !== null && <Refusal failure={taking.failure} />}
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
