import type { Rrset, RrsetChange, TsigKey } from "chancery/dns";

/** A name server that somebody else runs, where records of ours are kept. */
export type PushTarget =
  /** RFC 2136, over TCP. `address` is a literal. */
  | { by: "rfc2136"; address: string; port: number; key: TsigKey | undefined }
  /** PowerDNS Authoritative's HTTP API; `server` is its id there, usually "localhost". */
  | { by: "powerdns"; url: string; server: string; apiKey: string };

/** What became of a push. All of `changes` were made ("done"), or none of those not named in `made`. */
export type PushOutcome =
  | { result: "done" }
  /** These names hold something else than what we put there, or something where there was nothing: not ours to overwrite. */
  | { result: "conflict"; conflicts: readonly { change: RrsetChange; found: Rrset | undefined }[] }
  /** Nothing can be said, or it was refused: `problem` says what to do. */
  | { result: "failed"; problem: string };

/** Makes changes at one name server. Never rejects. */
export type Pusher = {
  push(zone: string, changes: readonly RrsetChange[]): Promise<PushOutcome>;
  /** What stands at a name now; "unknown" when it cannot be told. */
  look(zone: string, name: string, type: number): Promise<Rrset | undefined | "unknown">;
};
