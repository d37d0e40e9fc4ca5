import { useTranslation } from 'react-i18next';
import type { BackboneInfo } from '../../../shared/contract/recipe.ts';

/** What a pretrained network's card says: what it learned from, its licence and weaknesses, what was measured with it. */
export function BackboneCard({ backbone }: { readonly backbone: BackboneInfo }) {
  const { t } = useTranslation();
  const said = (text: string | null) => text ?? t('ownNetwork.notStated');
  const { isOwn } = backbone;
  const protocols: Readonly<Record<string, string>> = t('rules.bundled.protocols', { returnObjects: true });
  const [best] = [...backbone.measured].sort((one, other) => other.accuracy - one.accuracy);
  return (
    <>
      {t('rules.card.trainedOn', { what: isOwn ? said(backbone.trainedOn) : t('rules.bundled.trainedOn') })}
      <br />
      {t('rules.card.licence', { what: isOwn ? said(backbone.licence) : t('rules.bundled.licence') })}
      <br />
      {t('rules.card.bias', { what: isOwn ? said(backbone.knownBias) : t('rules.bundled.knownBias') })}
      {best !== undefined && (
        <>
          <br />
          {t('rules.card.measured', {
            accuracy: best.accuracy,
            data: t('rules.bundled.data'),
            protocol: protocols[backbone.id] ?? best.protocol,
          })}
        </>
      )}
    </>
  );
}
