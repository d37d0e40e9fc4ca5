import { Checkbox, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ENOUGH_FOR_STATISTICS, usesBatchStatistics } from '../../../shared/domain/recipes.ts';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';

/** Where the numbers come from that a network's normalisations go by. */
export function NormFields({ recipe, edit }: EditProps) {
  const { t } = useTranslation();
  const isAdapted = usesBatchStatistics(recipe);
  const isSmall = isAdapted && recipe.batchSize < ENOUGH_FOR_STATISTICS;
  const described = (what: string) =>
    isSmall ? `${what} ${t('conduct.normSmallBatch', { images: ENOUGH_FOR_STATISTICS })}` : what;
  return (
    <>
      {recipe.backbone === null ? (
        <Select
          label={t('conduct.scratchNorm')}
          description={described(t(`conduct.scratchNorms.${recipe.scratchNorm}.what`))}
          data={(['group', 'batch'] as const).map((value) => ({
            value,
            label: t(`conduct.scratchNorms.${value}.name`),
          }))}
          value={recipe.scratchNorm}
          allowDeselect={false}
          onChange={(scratchNorm) => scratchNorm !== null && edit({ ...recipe, scratchNorm })}
        />
      ) : (
        <Select
          label={t('conduct.batchNorm')}
          description={described(t(`conduct.batchNorms.${recipe.batchNorm}.what`))}
          data={(['inference', 'adapted'] as const).map((value) => ({
            value,
            label: t(`conduct.batchNorms.${value}.name`),
          }))}
          value={recipe.batchNorm}
          allowDeselect={false}
          onChange={(batchNorm) =>
            batchNorm !== null &&
            // What is folded away cannot be adapted.
            edit({
              ...recipe,
              batchNorm,
              foldedBatchNorm: batchNorm === 'inference' && recipe.foldedBatchNorm,
            })
          }
        />
      )}
      {isAdapted && (
        <NumberField
          label={t('conduct.normMomentum')}
          description={t('conduct.normMomentumWhat')}
          min={0.001}
          max={1}
          step={0.05}
          decimalScale={3}
          value={recipe.batchNormMomentum}
          onValue={whenNumber((batchNormMomentum) => edit({ ...recipe, batchNormMomentum }))}
        />
      )}
      {recipe.backbone !== null && (
        <Checkbox
          label={t('training.numbers.folded')}
          disabled={isAdapted}
          checked={recipe.foldedBatchNorm}
          onChange={({ currentTarget }) => edit({ ...recipe, foldedBatchNorm: currentTarget.checked })}
        />
      )}
    </>
  );
}
