/** The watched domains of the bench. */
export const nameOf = (index: number): string => `customer-${index}.example`;
