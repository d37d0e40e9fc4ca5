import { Alert, List, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import type { Failure } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { failureText, refusalText } from '../../app/notices.tsx';

/** Names that scalings and orders of colours go by in the person's language. */
function useScalingNames() {
  const { t } = useTranslation();
  const scalings: Readonly<Record<string, string>> = t('ownNetwork.scalings', { returnObjects: true });
  const orders: Readonly<Record<string, string>> = t('ownNetwork.orders', { returnObjects: true });
  const named = (names: Readonly<Record<string, string>>) => (id: string | number | undefined) =>
    names[String(id)] ?? String(id);
  return { scaling: named(scalings), order: named(orders) };
}

/** What was found in a network: its size, what is proved of its scaling, which of its parts can learn. */
export function AdoptionView({ name, report }: { readonly name: string; readonly report: AdoptionReport }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const names = useScalingNames();
  const { trainable } = report;
  const [height = 0, width = 0] = report.size;
  const { blocks, parameters } = report.report;
  const first =
    trainable.first === null ? blocks.length : blocks.findIndex(({ id }) => id === trainable.first);
  const isLearning = (at: number) => trainable.reason === null || at >= first;
  const scaling = names.scaling(report.scaling);
  return (
    <Stack gap="sm">
      <Text fw={600} role="status">
        {t('ownNetwork.found', { name })}
      </Text>
      <List size="sm">
        <List.Item>
          {t('ownNetwork.numbers', {
            parameters: formats.number(parameters / 1e6, 2),
            features: formats.number(report.featureCount),
          })}
        </List.Item>
        <List.Item>
          {t(report.anySize ? 'ownNetwork.anySize' : 'ownNetwork.size', { height, width })}
        </List.Item>
      </List>
      <Alert
        color={report.check === null ? 'yellow' : report.check === 'top1' ? 'blue' : 'green'}
        variant="light"
        icon={
          report.check !== null ? (
            <IconCircleCheck size={18} aria-hidden />
          ) : (
            <IconAlertTriangle size={18} aria-hidden />
          )
        }
      >
        {report.check === null
          ? t('ownNetwork.believed', { scaling })
          : report.check === 'top1'
            ? t('ownNetwork.provedTop1', { scaling, agreeing: report.agreeing ?? 0, count: report.images })
            : t('ownNetwork.proved', { scaling, difference: formats.measured(report.difference ?? 0) })}
      </Alert>
      <Table fz="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('ownNetwork.part')}</Table.Th>
            <Table.Th ta="right">{t('ownNetwork.partNumbers')}</Table.Th>
            <Table.Th>{t('ownNetwork.canLearn')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {blocks.map((block, at) => (
            <Table.Tr key={block.id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{block.id}</Table.Td>
              <Table.Td ta="right">{formats.number(block.parameters)}</Table.Td>
              <Table.Td>{t(isLearning(at) ? 'ownNetwork.yes' : 'ownNetwork.no')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm">
        {trainable.reason === null
          ? t('ownNetwork.allLearn')
          : trainable.first === null
            ? t('ownNetwork.noneLearn')
            : t('ownNetwork.someLearn', { first: trainable.first })}
      </Text>
      {trainable.reason !== null && (
        <Text size="xs" c="dimmed">
          {refusalText(trainable.reason.params)}
        </Text>
      )}
      <Text size="sm">{t('ownNetwork.chosen')}</Text>
    </Stack>
  );
}

/** Why a network was not taken, in plain words first, then where in it. */
export function Refusal({ failure, file }: { readonly failure: Failure; readonly file: string }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  // The way back to the questions begins at the answer, once.
  useEffect(() => box.current?.focus(), []);
  const { code, params } = failure;
  const isOwn = code === 'NETWORK_UNSUPPORTED' || code === 'PREPROCESSING';
  const { operator, node } = params;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      tabIndex={-1}
      ref={box}
      title={t('ownNetwork.refusedTitle', { file })}
      icon={<IconAlertTriangle size={18} aria-hidden />}
    >
      <Stack gap={4}>
        {isOwn && <Reason params={params} />}
        {!isOwn && <Text size="sm">{failureText(failure)}</Text>}
        {operator !== undefined && <Text size="sm">{t('ownNetwork.refusedOperator', { operator })}</Text>}
        {node !== undefined && <Text size="sm">{t('ownNetwork.refusedNode', { node })}</Text>}
        <Text size="sm">{t('ownNetwork.refusedNothing')}</Text>
      </Stack>
    </Alert>
  );
}

/** Scalings with their orders, "lite (rgb), unit (bgr)", by the names they go by. */
function listed(names: ReturnType<typeof useScalingNames>, fits: string): string {
  return fits.replaceAll(
    /(\w+) \((\w+)\)/g,
    (_, scaling, order) => `${names.scaling(scaling)} (${names.order(order)})`,
  );
}

/** The reason, and, where another scaling would do, which. */
function Reason({ params }: { readonly params: Failure['params'] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const names = useScalingNames();
  const { wanted, nearer, difference, fits, fitsOrder } = params;
  const values = {
    ...params,
    ...(wanted === undefined ? {} : { wanted: names.scaling(wanted) }),
    ...(nearer === undefined ? {} : { nearer: names.scaling(nearer) }),
    ...(params.why === 'scalingsFit' ? { fits: listed(names, String(fits)) } : {}),
    ...(difference === undefined ? {} : { difference: formats.measured(Number(difference)) }),
  };
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      {refusalText(values)}{' '}
      {fitsOrder !== undefined &&
        t('ownNetwork.refusedFits', { fits: names.scaling(fits), order: names.order(fitsOrder) })}
    </Text>
  );
}
