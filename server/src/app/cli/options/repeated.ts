/** Collects the values of an option that may be given again, in order. */
export const repeated = (value: string, before: readonly string[] = []): string[] => [...before, value];
