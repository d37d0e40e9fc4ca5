const shapes = [
  <circle key="circle" cx="8" cy="8" r="5.6" />,
  <rect key="square" x="3" y="3" width="10" height="10" />,
  <path key="triangle" d="M8 2.2L14 13H2z" />,
  <path key="diamond" d="M8 1.6L14.4 8L8 14.4L1.6 8z" />,
  <path key="cross" d="M5.8 2h4.4v3.8H14v4.4h-3.8V14H5.8v-3.8H2V5.8h3.8z" />,
  <path key="hexagon" d="M4.8 2.4h6.4L14.6 8l-3.4 5.6H4.8L1.4 8z" />,
  <path key="flag" d="M2 3h12L8 14z" />,
  <path key="star" d="M8 1.4l2 4.4l4.7.5l-3.5 3.2l1 4.7L8 11.8l-4.2 2.4l1-4.7L1.3 6.3L6 5.8z" />,
] as const;

/** A colour with a shape of its own, so that it is told apart without seeing colour; an outline keeps it visible on any ground. */
export function ColourMark({
  colour,
  shape,
  size = 14,
}: {
  readonly colour: string;
  /** Any whole number; equal numbers look equal. */
  readonly shape: number;
  readonly size?: number;
}) {
  const drawn = shapes[((shape % shapes.length) + shapes.length) % shapes.length];
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={{ flex: 'none', display: 'block' }}
    >
      <g fill={colour} stroke="var(--studio-outline)" strokeWidth="1.2" strokeLinejoin="round">
        {drawn}
      </g>
    </svg>
  );
}
