import { wireOrderKey } from "../dnssec/canonical.ts";
import { nameToWire } from "../name/name.ts";
import { OrderedTexts } from "./ordered-texts.ts";
import type { ResourceRecord } from "../record/record.ts";
import type { ZoneContent } from "./zone-content.ts";
import { countOf, entryAt, nameAt, setCount, setEnd, setsAt, u16 } from "./zone-page.ts";

/*
 * The owners of a zone's NSEC records, or of its NSEC3 records, in canonical order. Pages have no order, so this stands beside them: for
 * zones that hold a chain of such records, and no others.
 */
const orders = new WeakMap<ZoneContent, OrderedTexts>();

/** The order keys (`wireOrderKey`) of the owners. Made at the first call, which takes a walk through the zone. */
export function denialOrder(content: ZoneContent): OrderedTexts {
  const known = orders.get(content);
  if (known) return known;
  const order = OrderedTexts.of(orderKeys(content));
  orders.set(content, order);
  return order;
}

/** Takes the order over to the next version of a zone, if there is one; it costs what the change costs. */
export function carryDenialOrder(
  from: ZoneContent,
  to: ZoneContent,
  { removed, added }: { removed: readonly ResourceRecord[]; added: readonly ResourceRecord[] },
): void {
  const known = orders.get(from);
  const type = to.denialType;
  if (!known || type !== from.denialType) return;
  const keysOf = (records: readonly ResourceRecord[]): string[] =>
    records.filter((record) => record.type === type).map(({ name }) => wireOrderKey(nameToWire(name), 0));
  orders.set(to, known.changed(keysOf(removed), keysOf(added)));
}

function* orderKeys(content: ZoneContent): Generator<string> {
  for (const page of content.pages()) {
    for (let place = 0; place < countOf(page); place++) {
      const entry = entryAt(page, place);
      if (hasType(page, entry, content.denialType))
        yield wireOrderKey(Buffer.concat([nameAt(page, entry), content.origin]), 0);
    }
  }
}

function hasType(page: Uint8Array, entry: number, type: number | undefined): boolean {
  let at = setsAt(page, entry);
  for (let left = setCount(page, entry); left > 0; left--, at = setEnd(page, at)) {
    if (u16(page, at) === type) return true;
  }
  return false;
}
