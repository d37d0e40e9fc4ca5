import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Mistake, RunResults } from '../../../shared/contract/training.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { thumbnailUrl } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import styles from './results.module.css';

/** Opens images elsewhere in the studio: a list, and the one to begin with. */
export type OpenImages = (ids: readonly ImageId[], first?: ImageId) => void;

/** Tested images with what they are, what was answered and how sure; a press opens one in the Label place. */
export function MistakeGrid({
  title,
  why,
  mistakes,
  results,
  onOpenImages,
  most = Number.POSITIVE_INFINITY,
}: {
  readonly title: string;
  readonly why?: string;
  readonly mistakes: readonly Mistake[];
  readonly results: RunResults;
  readonly onOpenImages: OpenImages;
  /** So many are shown until all are asked for. */
  readonly most?: number;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [isWhole, { open: showAll }] = useDisclosure(false);
  const shown = isWhole ? mistakes : mistakes.slice(0, most);
  const names = new Map(results.classes.map(({ classId, name }) => [classId, name]));
  const inWords = (ids: Mistake['trueClassIds']) =>
    ids.length === 0 ? t('results.mistakes.nothing') : ids.map((id) => names.get(id) ?? '').join(', ');
  const ids = mistakes.map(({ imageId }) => imageId);
  return (
    <section aria-label={title}>
      <Group justify="space-between">
        <div>
          <Title order={2}>{title}</Title>
          {why !== undefined && (
            <Text size="sm" c="dimmed">
              {why}
            </Text>
          )}
        </div>
        {ids.length > 0 && (
          <Button variant="default" size="xs" onClick={() => onOpenImages(ids)}>
            {t('results.mistakes.openAll')}
          </Button>
        )}
      </Group>
      {mistakes.length === 0 ? (
        <Text size="sm" c="dimmed" mt="xs">
          {t('results.mistakes.none')}
        </Text>
      ) : (
        <ul className={styles.mistakes}>
          {shown.map((mistake) => {
            const words = t('results.mistakes.answer', {
              answer: inWords(mistake.predictedClassIds),
              truth: inWords(mistake.trueClassIds),
            });
            return (
              <li key={mistake.imageId}>
                <button
                  type="button"
                  className={styles.mistake}
                  title={mistake.path}
                  aria-label={`${t('results.mistakes.open')}: ${mistake.path}. ${words}`}
                  onClick={() => onOpenImages(ids, mistake.imageId)}
                >
                  <img src={thumbnailUrl(mistake.imageId, mistake.thumbnail)} alt="" loading="lazy" />
                  <span>{words}</span>
                  <Text component="span" size="xs" c="dimmed">
                    {t('results.mistakes.sure', { value: formats.percent(mistake.confidence) })}
                  </Text>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      {shown.length < mistakes.length && (
        <Anchor component="button" type="button" size="sm" mt="sm" onClick={showAll}>
          {t('results.mistakes.showAll', { count: mistakes.length })}
        </Anchor>
      )}
    </section>
  );
}
