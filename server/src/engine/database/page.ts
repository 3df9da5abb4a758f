const PAGE_ROWS_MAX = 10_000;

/** Where to start and how much: `after` is the `next` of the page before, absent for the first page; `limit` is 1 to 10 000 rows. */
export type PageRequest = { after?: string | undefined; limit: number };

/** `next` is undefined on the last page. */
export type Page<Row> = { rows: Row[]; next: string | undefined };

/** `after` is not a cursor of this list. */
export class MalformedCursor extends Error {
  constructor() {
    super("the cursor is not one of this list");
    this.name = "MalformedCursor";
  }
}

/** How many rows to ask the database for: one more than wanted, to learn whether there is a next page. */
export function rowsToFetch({ limit }: PageRequest): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ROWS_MAX) throw new RangeError(`page limit ${limit}`);
  return limit + 1;
}

export function pageOf<Row>(rows: Row[], { limit }: PageRequest, cursorOf: (row: Row) => string): Page<Row> {
  if (rows.length <= limit) return { rows, next: undefined };
  const kept = rows.slice(0, limit);
  return { rows: kept, next: cursorOf(kept[limit - 1] as Row) };
}

/** A cursor over (number, text), for lists whose first column is not unique. */
export function numberedCursor(number: number, text: string): string {
  return `${number}.${text}`;
}

export function readNumberedCursor(after: string): { number: number; text: string } {
  const dot = after.indexOf(".");
  const digits = dot === -1 ? after : after.slice(0, dot);
  const number = Number(digits);
  if (digits === "" || !Number.isSafeInteger(number)) throw new MalformedCursor();
  return { number, text: dot === -1 ? "" : after.slice(dot + 1) };
}

/** Every row of a list, page by page, without holding a connection or the whole list. */
export async function* everyRow<Row>(
  list: (page: PageRequest) => Promise<Page<Row>>,
  limit = 1000,
): AsyncGenerator<Row> {
  let after: string | undefined;
  do {
    const page = await list({ after, limit });
    yield* page.rows;
    after = page.next;
  } while (after !== undefined);
}
