import { type Command, InvalidArgumentError, Option } from 'commander';

/** A parser for a whole number within bounds. */
export function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };
}

/** A parser for a number within bounds. */
export function number(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
  };
}

/** Adds an option that takes one of `values`. */
export function addChoice(command: Command, flags: string, what: string, values: readonly string[]): Command {
  return command.addOption(new Option(flags, what).choices(values));
}
