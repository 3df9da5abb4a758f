import { SaxesParser } from "saxes";
import { reportTextCharactersMax, type ReportElement, type ReportRemark } from "chancery/dmarc";
import type { ReportLimits } from "./limits.ts";
import { quarantine, type Quarantine } from "./quarantine.ts";

/** The namespaces that the format has had (RFC 9990 §6.1, RFC 7489 Appendix C). Many reports name none. */
const namespaces: ReadonlySet<string> = new Set([
  "urn:ietf:params:xml:ns:dmarc-2.0",
  "http://dmarc.org/dmarc-xml/0.1",
  "http://dmarc.org/dmarc-xml/0.2",
  "",
]);

/** What is read of a report, each as one whole element. Where it stands does not matter: some reports close too much. */
const wanted: ReadonlySet<string> = new Set(["version", "report_metadata", "policy_published", "record"]);

/** An element whose end has not come. Most never get children, and share the list of none. */
type Building = { name: string; text: string; children: Building[] };
const none: Building[] = [];

/**
 * Reads XML in pieces and gives each element that is wanted, whole, as soon as it ends; it holds one at a time. Faults in the
 * XML are survived. Namespaces are told by prefix and declaration alone: elements of another one are extensions, and left out
 * with all that is in them.
 */
export class ElementBuilder {
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  readonly #limits: ReportLimits;
  readonly #found: (element: ReportElement) => void;
  readonly #remark: (remark: ReportRemark) => void;
  /** From the element that is wanted down to the one that is open. */
  readonly #open: Building[] = [];
  #elements = 0;
  #depth = 0;
  /** The depth of the extension that is being left out. */
  #leftOutFrom: number | undefined;
  #root: { prefix: string } | undefined;
  /** Namespaces that the element declares whose tag is being read, by attribute. */
  readonly #declared = new Map<string, string>();
  #attributes = 0;
  #prologCharacters = 0;
  #faults = 0;
  #quarantine: Quarantine | undefined;

  constructor(limits: ReportLimits, found: (element: ReportElement) => void, remark: (remark: ReportRemark) => void) {
    this.#limits = limits;
    this.#found = found;
    this.#remark = remark;
    this.#parser.on("doctype", () => this.#refuse(quarantine("document-type", "DOCTYPE, which no report has")));
    const takeText = (text: string): void => this.#text(text);
    this.#parser.on("attribute", ({ name, value }) => {
      if (++this.#attributes > limits.attributesMax)
        this.#refuse(quarantine("not-a-report", `over ${limits.attributesMax} attributes of one element`));
      if (name.startsWith("xmlns")) this.#declared.set(name, value);
    });
    this.#parser.on("opentag", ({ name }) => {
      this.#opened(name);
      this.#attributes = 0;
      if (this.#declared.size > 0) this.#declared.clear();
      this.#parser.on("text", takeText);
    });
    this.#parser.on("cdata", takeText);
    this.#parser.on("closetag", () => {
      this.#closed();
      // Behind an element that ends stands white space, if anything: collecting it costs as much as all the rest of the text.
      this.#parser.off("text");
    });
    this.#parser.on("error", () => this.#fault());
  }

  /** Undefined: go on. */
  write(text: string): Quarantine | undefined {
    if (this.#root === undefined && (this.#prologCharacters += text.length) > this.#limits.prologCharactersMax) {
      // Also of a long DOCTYPE, which the parser tells of when it has ended.
      this.#refuse(quarantine("not-a-report", "no element comes for long"));
    }
    return this.#attempt(() => this.#parser.write(text));
  }

  end(): Quarantine | undefined {
    this.#attempt(() => this.#parser.close());
    if (this.#root === undefined) this.#refuse(quarantine("not-a-report", "no XML"));
    return this.#quarantine;
  }

  #attempt(act: () => void): Quarantine | undefined {
    if (this.#quarantine !== undefined) return this.#quarantine;
    try {
      act();
    } catch {
      // Nobody listens for faults any more, so the parser throws the first of those that are too many.
      this.#refuse(quarantine("not-a-report", `over ${this.#limits.faultsMax} faults in the XML`));
    }
    return this.#quarantine;
  }

  #refuse(reason: Quarantine): void {
    this.#quarantine ??= reason;
  }

  #fault(): void {
    this.#remark("not-well-formed");
    if (++this.#faults >= this.#limits.faultsMax) this.#parser.off("error");
  }

  #opened(qualified: string): void {
    if (this.#quarantine !== undefined) return;
    if (++this.#depth > this.#limits.depthMax)
      return this.#refuse(quarantine("too-deep", `over ${this.#limits.depthMax} elements within each other`));
    if (this.#leftOutFrom !== undefined) return;
    const colon = qualified.indexOf(":");
    const prefix = colon < 0 ? "" : qualified.slice(0, colon);
    const name = colon < 0 ? qualified : qualified.slice(colon + 1);
    if (this.#root === undefined) return this.#openRoot(name, prefix);
    if ((prefix !== "" && prefix !== this.#root.prefix) || !namespaces.has(this.#namespaceOf(prefix))) {
      this.#leftOutFrom = this.#depth;
      return;
    }
    const parent = this.#open.at(-1);
    if (parent === undefined && !wanted.has(name)) return;
    const element: Building = { name, text: "", children: none };
    if (parent === undefined) this.#elements = 0;
    else if (++this.#elements > this.#limits.rowElementsMax) this.#remark("cut-short");
    else if (parent.children === none) parent.children = [element];
    else parent.children.push(element);
    this.#open.push(element);
  }

  #openRoot(name: string, prefix: string): void {
    if (name !== "feedback")
      return this.#refuse(quarantine("not-a-report", "the XML is something else: no `feedback`"));
    this.#root = { prefix };
    if (!namespaces.has(this.#namespaceOf(prefix))) this.#remark("unknown-namespace");
  }

  /** What the element itself declares; empty: nothing, it is in the namespace of what it stands in. */
  #namespaceOf(prefix: string): string {
    if (this.#declared.size === 0) return "";
    return this.#declared.get(prefix === "" ? "xmlns" : `xmlns:${prefix}`) ?? "";
  }

  #text(text: string): void {
    const element = this.#open.at(-1);
    if (element === undefined || this.#leftOutFrom !== undefined) return;
    // Between elements stands white space alone.
    if (element.text === "" && text.charCodeAt(0) <= 0x20 && text.trim() === "") return;
    // One character more than is used, so that whoever reads it sees that there was more.
    if (element.text.length <= reportTextCharactersMax)
      element.text += text.slice(0, reportTextCharactersMax + 1 - element.text.length);
  }

  #closed(): void {
    if (this.#quarantine !== undefined) return;
    const depth = this.#depth--;
    if (this.#leftOutFrom !== undefined) {
      if (depth === this.#leftOutFrom) this.#leftOutFrom = undefined;
      return;
    }
    const element = this.#open.pop();
    if (element === undefined) return;
    element.text = trimmed(element.text);
    if (this.#open.length === 0) this.#found(element);
  }
}

/** Most elements that hold others hold white space beside them. */
const trimmed = (text: string): string => {
  const first = text.charCodeAt(0);
  return first > 0x20 && text.charCodeAt(text.length - 1) > 0x20 ? text : text.trim();
};
