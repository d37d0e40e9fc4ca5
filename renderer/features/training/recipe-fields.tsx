import { NumberInput, type NumberInputProps } from '@mantine/core';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { useFormats } from '../../app/language/use-formats.ts';

/** What a part of the recipe's editor is given. */
export interface EditProps {
  readonly recipe: Recipe;
  readonly edit: (recipe: Recipe) => void;
}

/** Either sign may be typed; shown is the language's. */
const decimalSigns = [',', '.'];

/** A number that is only taken over when it is one; the recipe never holds half a number. */
export function NumberField({
  value,
  onValue,
  ...props
}: Omit<NumberInputProps, 'value' | 'onChange'> & {
  readonly value: number | null;
  readonly onValue: (value: number | null) => void;
}) {
  const { decimalSign } = useFormats();
  return (
    <NumberInput
      size="sm"
      decimalSeparator={decimalSign}
      allowedDecimalSeparators={decimalSigns}
      {...props}
      value={value ?? ''}
      onChange={(next) => onValue(typeof next === 'number' && Number.isFinite(next) ? next : null)}
    />
  );
}

/** Ignores the empty field: the last number stands. */
export const whenNumber = (apply: (value: number) => void) => (value: number | null) => {
  if (value !== null) apply(value);
};
