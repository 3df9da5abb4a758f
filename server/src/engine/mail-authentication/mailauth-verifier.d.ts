/** The parts of mailauth that have no types of their own: the verifier that `arc-verifier.ts` builds on, and Received fields. */
declare module "mailauth/lib/dkim/dkim-verifier.js" {
  import { Writable } from "node:stream";

  type Tags = Record<string, { value?: unknown } | undefined>;
  type SignatureField = { type: string; parsed: Tags; skip?: string };
  type ArcSet = {
    i: number;
    "arc-seal": SignatureField;
    "arc-message-signature": SignatureField;
    messageSignature?: SignatureResult;
  };
  type SignatureResult = { status: { result: string; comment?: string } };

  type KeyCache = { get(...question: unknown[]): Promise<unknown> };

  class DkimVerifier extends Writable {
    constructor(options: {
      resolver: (name: string, type: string) => Promise<unknown[]>;
      strict: true;
      curTime?: Date;
    });
    arc: { chain: ArcSet[] | false; lastEntry?: ArcSet; error?: Error & { code?: string } };
    keyCache: KeyCache;
    signatureHeaders: SignatureField[];
    prepareSignature(signature: SignatureField): void;
    verifySignature(signature: SignatureField): Promise<SignatureResult>;
  }
}

declare module "mailauth/lib/parse-received.js" {
  type Clause = { value: string; comment?: string };
  const mailauth: {
    parseReceived(field: string): { from?: Clause } | false;
    getClientAddress(from: Clause): string | false;
  };
  export default mailauth;
}
