import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { onBackbone } from '../../../shared/domain/recipes.ts';
import { BackboneCard } from './backbone-card.tsx';
import { NormFields } from './norm-fields.tsx';
import { OwnNetworks } from './own-networks.tsx';
import { type EditProps, NumberField, whenNumber } from './recipe-fields.tsx';
import styles from './training.module.css';
import type { Plan } from './use-plan.ts';

function BackboneField({ recipe, edit, plan }: EditProps & { readonly plan: Plan }) {
  const { t } = useTranslation();
  const { backbones } = plan;
  const used = backbones.find(({ id }) => id === recipe.backbone);
  if (recipe.backbone === null) return null;
  const from = plan.blocks.map(({ id }) => id);
  const choose = (id: BackboneId, blocks: readonly { readonly id: string }[]) =>
    edit(onBackbone(recipe, { from, id, blocks: blocks.map((block) => block.id) }));
  return (
    <>
      <Select
        className={styles.broad}
        label={t('training.numbers.backbone')}
        description={used && <BackboneCard backbone={used} />}
        data={backbones.map(({ id, name }) => ({ value: id, label: name }))}
        value={recipe.backbone}
        allowDeselect={false}
        onChange={(id) => {
          const next = backbones.find((backbone) => backbone.id === id);
          if (next !== undefined) choose(next.id, next.blocks);
        }}
      />
      <div className={styles.beside}>
        <OwnNetworks
          backbones={backbones}
          onChoose={choose}
          onRemoved={(id) => {
            const usual = backbones.find(({ isDefault }) => isDefault);
            if (id === recipe.backbone && usual !== undefined) choose(usual.id, usual.blocks);
          }}
        />
      </div>
    </>
  );
}

/** Which network, what is done with its layers, and at what size it sees the images. How pictures are varied has a section of its own. */
export function DataFields({ recipe, edit, plan }: EditProps & { readonly plan: Plan }) {
  const { t } = useTranslation();
  return (
    <div className={styles.fields}>
      <BackboneField recipe={recipe} edit={edit} plan={plan} />
      <Select
        label={t('training.numbers.shape')}
        data={[
          { value: 'aspect', label: t('training.numbers.aspect') },
          { value: 'square', label: t('training.numbers.square') },
        ]}
        value={recipe.shape}
        allowDeselect={false}
        onChange={(value) => edit({ ...recipe, shape: value === 'square' ? 'square' : 'aspect' })}
      />
      <NumberField
        label={t('training.numbers.size')}
        placeholder={t('training.numbers.sizeCard')}
        min={32}
        max={1024}
        step={32}
        value={recipe.size}
        onValue={(size) => edit({ ...recipe, size })}
      />
      {recipe.backbone !== null && (
        <NumberField
          label={t('conduct.depth')}
          description={t('conduct.depthWhat')}
          min={0}
          max={0.9}
          step={0.05}
          value={recipe.stochasticDepth}
          onValue={whenNumber((stochasticDepth) => edit({ ...recipe, stochasticDepth }))}
        />
      )}
      <NormFields recipe={recipe} edit={edit} />
    </div>
  );
}
