import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Modal,
  Popover,
  Tooltip,
  type VariantColorsResolver,
} from '@mantine/core';

/** Leaf green, the one accent: shade 7 on light, 4 on dark. */
const leaf: MantineColorsTuple = [
  '#eef7f1',
  '#dcece2',
  '#b5d8c2',
  '#8cc6a2',
  '#5fbf86',
  '#48a56e',
  '#38905c',
  '#2f7d4f',
  '#24633e',
  '#194a2d',
];

/** True greys: a tinted neutral beside a photo changes how its colours are judged. */
const neutral: MantineColorsTuple = [
  '#ededed',
  '#d2d2d2',
  '#b0b0b0',
  '#8a8a8a',
  '#5c5c5c',
  '#454545',
  '#353535',
  '#262626',
  '#121212',
  '#0a0a0a',
];

const gray: MantineColorsTuple = [
  '#f7f7f7',
  '#f1f1f1',
  '#e6e6e6',
  '#dadada',
  '#c4c4c4',
  '#9e9e9e',
  '#767676',
  '#525252',
  '#3a3a3a',
  '#222222',
];

/** Only for loss and danger. */
const red: MantineColorsTuple = [
  '#fdf0ef',
  '#fadcda',
  '#f4b8b4',
  '#fbaaa3',
  '#ff9d94',
  '#d9483f',
  '#b3261e',
  '#b3261e',
  '#8f1d17',
  '#6d1510',
];

/** For what needs a look. */
const yellow: MantineColorsTuple = [
  '#fdf3da',
  '#f9e6b5',
  '#f2d283',
  '#edc76f',
  '#e8bd61',
  '#b98a1c',
  '#7f5300',
  '#7f5300',
  '#664200',
  '#4c3100',
];

const rem = (pixels: number): string => `${pixels / 16}rem`;

/** Filled buttons: the library takes one text colour for both schemes, and on the light green of the dark one it is white. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  if (input.variant !== 'filled') return resolved;
  const name = input.color ?? 'leaf';
  if (name === 'leaf') return { ...resolved, color: 'var(--studio-on-accent)' };
  if (name !== 'red') return resolved;
  return { ...resolved, background: '#b3261e', hover: '#8f1d17', color: '#ffffff' };
};

/** Mantine's theme in the studio's measures: five text sizes, a 4 px grid, one radius, hairlines. */
export const theme = createTheme({
  colors: { leaf, gray, dark: neutral, red, yellow },
  primaryColor: 'leaf',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  variantColorResolver,
  black: '#1b1b1b',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  fontSizes: { xs: rem(12), sm: rem(14), md: rem(16), lg: rem(20), xl: rem(28) },
  spacing: { xs: rem(4), sm: rem(8), md: rem(16), lg: rem(24), xl: rem(40) },
  radius: { xs: rem(2), sm: rem(4), md: rem(6), lg: rem(6), xl: rem(6) },
  defaultRadius: 'md',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: rem(28), lineHeight: '1.25' },
      h2: { fontSize: rem(20), lineHeight: '1.3' },
      h3: { fontSize: rem(16), lineHeight: '1.4' },
    },
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 400,
        transitionProps: { duration: 100 },
        events: { hover: true, focus: true, touch: false },
      },
    }),
    Modal: Modal.extend({
      defaultProps: {
        transitionProps: { duration: 120, transition: 'fade' },
        centered: true,
        // A header element outside of a section would be a second banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
      styles: { title: { fontSize: rem(16), fontWeight: 600 } },
    }),
    Popover: Popover.extend({ defaultProps: { transitionProps: { duration: 100 } } }),
  },
});

/** Colours that mean something in the studio; each comes with an icon or a shape, never alone. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--studio-hairline': '1px solid var(--studio-line)',
  },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#5c5c5c',
    '--mantine-color-placeholder': '#6b6b6b',
    '--mantine-color-error': '#b3261e',
    '--studio-panel': '#f7f7f7',
    '--studio-raised': '#ffffff',
    '--studio-line': '#dedede',
    '--studio-hover': '#eeeeee',
    '--studio-accent': '#2f7d4f',
    '--studio-accent-soft': '#e3f1e8',
    '--studio-on-accent': '#ffffff',
    '--studio-outline': 'rgb(0 0 0 / 60%)',
    '--studio-frozen': '#2b6cb0',
    '--studio-learning': '#b4541a',
    '--studio-danger': '#b3261e',
    '--studio-warning': '#8a5a00',
    '--studio-warning-soft': '#fdf3da',
  },
  dark: {
    '--mantine-color-body': '#1c1c1c',
    '--mantine-color-text': '#ececec',
    '--mantine-color-dimmed': '#adadad',
    '--mantine-color-placeholder': '#a0a0a0',
    '--mantine-color-error': '#ff9d94',
    '--studio-panel': '#232323',
    '--studio-raised': '#2a2a2a',
    '--studio-line': '#3a3a3a',
    '--studio-hover': '#303030',
    '--studio-accent': '#5fbf86',
    '--studio-accent-soft': '#24382b',
    '--studio-on-accent': '#0c1f14',
    '--studio-outline': 'rgb(255 255 255 / 65%)',
    '--studio-frozen': '#7db3e8',
    '--studio-learning': '#f0a06a',
    '--studio-danger': '#ff9d94',
    '--studio-warning': '#e8bd61',
    '--studio-warning-soft': '#3a3220',
  },
});
