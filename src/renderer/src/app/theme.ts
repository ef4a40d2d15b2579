/** Mantine wearing the desk's palette: one accent, two weights, the 4 px grid. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const blue: MantineColorsTuple = ['#e9effb', '#d3dff6', '#a9c0ee', '#7ea6ff', '#5b86e2', '#3c6bd3', '#2457c5', '#1f4cae', '#193f92', '#123074'];

export const theme = createTheme({
  primaryColor: 'desk',
  primaryShade: { light: 6, dark: 3 },
  colors: { desk: blue },
  autoContrast: true,
  luminanceThreshold: 0.32,
  fontFamily: "'Inter Variable', Inter, 'Segoe UI', system-ui, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: 'var(--mono)',
  headings: { fontWeight: '600' },
  fontWeights: { regular: '400', medium: '600', bold: '600' },
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '20px', xl: '28px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: '6px',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'filled' } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    NativeSelect: { defaultProps: { size: 'xs' } },
    Radio: { defaultProps: { size: 'xs' } },
    RadioGroup: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Popover: { defaultProps: { transitionProps: { duration: 0 } } },
    Modal: { defaultProps: { transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.35 }, centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--panel)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink3)',
  '--mantine-color-placeholder': 'var(--ink3)',
  '--mantine-color-default': 'var(--panel)',
  '--mantine-color-default-hover': 'var(--line2)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-anchor': 'var(--accent)',
  '--input-section-color': 'var(--ink3)',
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: { ...shared, '--mantine-primary-color-contrast': '#10151f' } });
