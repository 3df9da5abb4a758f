/** The part of mailauth's verifier that `arc-verifier.ts` builds on. mailauth has no types of its own for it. */
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

  class DkimVerifier extends Writable {
    constructor(options: {
      resolver: (name: string, type: string) => Promise<unknown[]>;
      strict: true;
      curTime?: Date;
    });
    arc: { chain: ArcSet[] | false; lastEntry?: ArcSet; error?: Error & { code?: string } };
    signatureHeaders: SignatureField[];
    prepareSignature(signature: SignatureField): void;
    verifySignature(signature: SignatureField): Promise<SignatureResult>;
  }
}
