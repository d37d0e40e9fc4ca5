import { Button, Fieldset, Group, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../../../shared/contract/project.ts';
import { client } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { type Answers, checks, orders, scalings } from './own-network-answers.ts';

interface FieldsProps {
  readonly answers: Answers;
  readonly onAnswer: (change: Partial<Answers>) => void;
}

interface FileFieldProps {
  readonly label: string;
  readonly what: string;
  readonly choose: string;
  readonly file: Grant | null;
  /** Asks for it; `null` where the person chose nothing. */
  readonly pick: () => Promise<Grant | null>;
  readonly onPick: (picked: Grant) => void;
}

/** As the names of the other fields. */
const legendLike = { padding: 0, fontSize: 'var(--mantine-font-size-sm)', fontWeight: 600 } as const;

/** A file or folder of the person's: what it is for, the way to choose it, and which one was chosen. */
export function FileField({ label, what, choose, file, pick, onPick }: FileFieldProps) {
  const { t } = useTranslation();
  const ask = async () => {
    const picked = await pick();
    if (picked !== null) onPick(picked);
  };
  return (
    <Fieldset
      variant="unstyled"
      legend={label}
      styles={{ root: { margin: 0, padding: 0 }, legend: legendLike }}
    >
      <Text size="xs" c="dimmed" mb={4}>
        {what}
      </Text>
      <Group gap="sm">
        <Button variant="default" size="sm" onClick={() => void ask().catch(showFailure)}>
          {choose}
        </Button>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {file?.name ?? t('ownNetwork.noFile')}
        </Text>
      </Group>
    </Fieldset>
  );
}

function ReferenceFields({ answers, onAnswer }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <FileField
        label={t('ownNetwork.reference')}
        what={t('ownNetwork.referenceWhat')}
        choose={t('ownNetwork.chooseReference')}
        file={answers.reference}
        pick={() => client.system.pickFiles({ purpose: 'reference' })}
        onPick={(reference) => onAnswer({ reference })}
      />
      <FileField
        label={t('ownNetwork.images')}
        what={t('ownNetwork.imagesWhat')}
        choose={t('ownNetwork.chooseImages')}
        file={answers.images}
        pick={() => client.system.pickFolder({ purpose: 'reference' })}
        onPick={(images) => onAnswer({ images })}
      />
      <Select
        label={t('ownNetwork.check')}
        data={checks.map((value) => ({ value, label: t(`ownNetwork.checks.${value}`) }))}
        value={answers.check}
        allowDeselect={false}
        onChange={(value) => onAnswer({ check: checks.find((each) => each === value) ?? 'values' })}
      />
    </>
  );
}

/** How a network wants its pixels: said by the person, or found and proved on a reference. */
export function ScalingFields({ answers, onAnswer }: FieldsProps) {
  const { t } = useTranslation();
  const isProved = answers.scaling === 'reference';
  return (
    <>
      <Select
        label={t('ownNetwork.scaling')}
        description={t('ownNetwork.scalingWhat')}
        placeholder={t('ownNetwork.scalingNone')}
        data={scalings.map((value) => ({ value, label: t(`ownNetwork.scalings.${value}`) }))}
        value={answers.scaling}
        allowDeselect={false}
        onChange={(value) => {
          const scaling = scalings.find((each) => each === value) ?? null;
          onAnswer({ scaling, order: scaling === 'reference' ? 'found' : 'rgb' });
        }}
      />
      {isProved && <ReferenceFields answers={answers} onAnswer={onAnswer} />}
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
