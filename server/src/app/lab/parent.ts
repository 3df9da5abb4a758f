/** The name one label up. */
export const parent = (name: string): string => name.slice(name.indexOf(".") + 1);
