import { useTranslation } from 'react-i18next';

/** A snow crystal: this part stays as it is. */
export function FrozenMark({ size = 16 }: { readonly size?: number }) {
  const { t } = useTranslation();
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" role="img" aria-label={t('training.layers.frozen')}>
      <g stroke="var(--studio-frozen)" strokeWidth="1.6" strokeLinecap="round" fill="none">
        <path d="M8 1.5v13M2.4 4.75l11.2 6.5M13.6 4.75l-11.2 6.5" />
        <path d="M6 2.6l2 1.8 2-1.8M6 13.4l2-1.8 2 1.8" />
      </g>
    </svg>
  );
}

/** A flame: this part learns. */
export function LearningMark({ size = 16 }: { readonly size?: number }) {
  const { t } = useTranslation();
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" role="img" aria-label={t('training.layers.learning')}>
      <path
        d="M8.3 1.4c.4 2.5 3.9 4.1 3.9 7.9A4.2 4.2 0 0 1 8 13.9a4.2 4.2 0 0 1-4.2-4.4c0-2 1.2-3 1.8-4.4.6.7.9 1.3 1 2.2C7.7 5.9 8.5 3.7 8.3 1.4z"
        fill="none"
        stroke="var(--studio-learning)"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
    </svg>
  );
}
