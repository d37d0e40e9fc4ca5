/** The studio's sign: a scion joined to a rootstock, two strokes and a cut; legible at 16 px. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="2 1 22 22" fill="none" aria-hidden="true">
      <path d="M12 22v-7.5" stroke="currentColor" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M8.2 15.6l7.6-4.2" stroke="var(--studio-accent)" strokeWidth="1.8" strokeLinecap="round" />
      <path
        d="M12 10.4C12 6 14.6 3 19.4 2.6C19.8 7.4 17 10.4 12 10.4z"
        fill="var(--studio-accent)"
        stroke="var(--studio-accent)"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <path
        d="M12 10.6C11.6 8.2 9.6 6.6 6.6 6.4"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
