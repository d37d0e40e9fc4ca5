import { useTranslation } from 'react-i18next';
import type { BackboneInfo } from '../../../shared/contract/recipe.ts';

/** What a pretrained network's card says: what it learned from, its licence and weaknesses, what was measured with it. */
export function BackboneCard({ backbone }: { readonly backbone: BackboneInfo }) {
  const { t } = useTranslation();
  const said = (text: string | null) => text ?? t('ownNetwork.notStated');
  const [best] = [...backbone.measured].sort((one, other) => other.accuracy - one.accuracy);
  return (
    <>
      {t('rules.card.trainedOn', { what: said(backbone.trainedOn) })}
      <br />
      {t('rules.card.licence', { what: said(backbone.licence) })}
      <br />
      {t('rules.card.bias', { what: said(backbone.knownBias) })}
      {best !== undefined && (
        <>
          <br />
          {t('rules.card.measured', { accuracy: best.accuracy, data: best.data, protocol: best.protocol })}
        </>
      )}
    </>
  );
}
