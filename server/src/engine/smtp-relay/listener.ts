import type { AddressInfo } from "node:net";
import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from "smtp-server";
import { receiveMessage, type Transfer } from "./receive.ts";
import { type Reply, STORE_FAULT_REPLY } from "./reply.ts";
import type { MessageStore } from "./message-store.ts";
import type { Principal } from "./queued-message.ts";
import { RelayServer, scanOf } from "./session.ts";

export type ListenerLimits = {
  messageOctetsMax: number;
  recipientsMax: number;
  headerOctetsMax: number;
  headerFieldsMax: number;
  /** RFC 5321 §6.3: at this many Received fields the message is in a loop. */
  receivedFieldsMax: number;
  connectionsMax: number;
  /** Loopback is exempt. */
  connectionsPerAddressMax: number;
  /** Silence of the client after which it is dropped (RFC 5321 §4.5.3.2.7: at least five minutes). */
  idleSecondsMax: number;
  /** A connection ends after this long however busy it looks, so that a trickle of octets does not hold it for ever. */
  sessionSecondsMax: number;
  failedLoginsMax: number;
};

export const DEFAULT_LISTENER_LIMITS: ListenerLimits = {
  messageOctetsMax: 50 * 1024 * 1024,
  recipientsMax: 1000,
  headerOctetsMax: 256 * 1024,
  headerFieldsMax: 2000,
  receivedFieldsMax: 50,
  connectionsMax: 500,
  connectionsPerAddressMax: 50,
  idleSecondsMax: 300,
  sessionSecondsMax: 7200,
  failedLoginsMax: 3,
};

/**
 * Who may send. `authenticated`: MAIL is refused before STARTTLS and AUTH, and `authenticate` says who a login is
 * (undefined: nobody; a rejection: cannot be told now, 454). `open`: no AUTH is offered, STARTTLS is.
 */
export type Admission =
  | { kind: "authenticated"; authenticate: (login: string, password: string) => Promise<Principal | undefined> }
  | { kind: "open"; principal: Principal };

export type ListenerOptions<E> = {
  listen: { host: string; port: number };
  hostname: string;
  tls: { cert: string; key: string };
  /** Epoch seconds. */
  now: () => number;
  /** Absent members mean the defaults. */
  limits?: Partial<ListenerLimits>;
  admission: Admission;
  store: MessageStore<E>;
  /** Whether this recipient is taken; absent means every one. A reply refuses it. */
  recipient?: (address: string, principal: Principal) => Promise<Reply | undefined>;
  /** Decides over a whole message and makes it durable before it answers 250. */
  take: (transfer: Transfer<E>) => Promise<Reply>;
  /** Told of what broke and cost a peer its session or its message, for the log. */
  failed: (error: unknown) => void;
};

export type Listener = { port: number; close: () => Promise<void> };

/** Opens the SMTP server: relay and ingest differ in `admission`, `store` and `take` alone. */
export async function startListener<E>(options: ListenerOptions<E>): Promise<Listener> {
  const limits = { ...DEFAULT_LISTENER_LIMITS, ...options.limits };
  const { admission } = options;
  const perAddress = new ConnectionCount();
  const server = new RelayServer({
    name: options.hostname,
    banner: "Chancery",
    heloResponse: "%s",
    cert: options.tls.cert,
    key: options.tls.key,
    minVersion: "TLSv1.2",
    size: limits.messageOctetsMax,
    maxRecipients: limits.recipientsMax,
    maxClients: limits.connectionsMax,
    socketTimeout: limits.idleSecondsMax * 1000,
    closeTimeout: CLOSE_SECONDS * 1000,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    authMethods: ["PLAIN", "LOGIN"],
    disabledCommands: admission.kind === "open" ? ["AUTH"] : [],
    authRequiredMessage: "5.7.0 authentication required",
    logger: false,
    onConnect: (session, done) => answer(admit(session, options, limits, perAddress), options, done),
    onAuth: (auth, session, done) =>
      void login(options, auth.username ?? "", auth.password ?? "", failures(session), limits).then((outcome) =>
        "principal" in outcome ? done(null, { user: outcome.principal }) : done(asError(outcome)),
      ),
    onMailFrom: (address, _session, done) => answer(mailFrom(address, options), options, done),
    onRcptTo: (address, session, done) => answer(rcptTo(address, session, options), options, done),
    onData: (stream, session, done) =>
      void receive(stream, session, options, limits).then(({ code, text }) =>
        code === 250 ? done(null, text) : done(asError({ code, text })),
      ),
    onClose: (session) => perAddress.left(session),
  });
  server.sessionSecondsMax = limits.sessionSecondsMax;
  server.on("error", (error) => options.failed(error));
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(options.listen.port, options.listen.host, resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeIdle();
      }),
  };
}

/** Transfers that are under way may end; then the door is shut. */
const CLOSE_SECONDS = 4;

const loginFailures = new WeakMap<SMTPServerSession, { count: number }>();

function failures(session: SMTPServerSession): { count: number } {
  const known = loginFailures.get(session) ?? { count: 0 };
  loginFailures.set(session, known);
  return known;
}

class ConnectionCount {
  #counts = new Map<string, number>();
  #counted = new WeakSet<SMTPServerSession>();

  /** Counts a connection; false when its address has too many. */
  entered(session: SMTPServerSession, max: number): boolean {
    const address = session.remoteAddress;
    if (address === "::1" || address.startsWith("127.")) return true;
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    this.#counted.add(session);
    return count <= max;
  }

  left(session: SMTPServerSession): void {
    if (!this.#counted.has(session)) return;
    const count = (this.#counts.get(session.remoteAddress) ?? 1) - 1;
    if (count > 0) this.#counts.set(session.remoteAddress, count);
    else this.#counts.delete(session.remoteAddress);
  }
}

async function admit<E>(
  session: SMTPServerSession,
  options: ListenerOptions<E>,
  limits: ListenerLimits,
  perAddress: ConnectionCount,
): Promise<Reply | undefined> {
  if (!perAddress.entered(session, limits.connectionsPerAddressMax)) {
    return { code: 421, text: "4.7.0 too many connections from your address" };
  }
  return options.store.broken ? STORE_FAULT_REPLY.broken : undefined;
}

async function login(
  { admission, failed: report }: { admission: Admission; failed: (error: unknown) => void },
  name: string,
  password: string,
  failed: { count: number },
  limits: ListenerLimits,
): Promise<{ principal: Principal } | Reply> {
  if (admission.kind === "open") return { code: 503, text: "5.5.1 no authentication here" };
  const principal = await admission.authenticate(name, password).catch((error: unknown) => {
    report(error);
    return "unknown" as const;
  });
  if (principal === "unknown") return { code: 454, text: "4.7.0 authentication cannot be checked now" };
  if (principal !== undefined) return { principal };
  failed.count += 1;
  if (failed.count >= limits.failedLoginsMax) return { code: 421, text: "4.7.0 too many failed logins" };
  return { code: 535, text: "5.7.8 authentication credentials invalid" };
}

async function mailFrom<E>(address: SMTPServerAddress, options: ListenerOptions<E>): Promise<Reply | undefined> {
  // What we would silently not do is refused: a peer that asks for REQUIRETLS or DSN relies on it.
  const unknown = Object.keys(address.args || {}).find((name) => !MAIL_PARAMETERS.has(name));
  if (unknown !== undefined) return { code: 555, text: `5.5.4 MAIL parameter ${unknown} not supported` };
  if (!isAscii(address.address) && !smtpUtf8(address)) return NOT_ASCII;
  const room = await options.store.room();
  return room === "room" ? undefined : STORE_FAULT_REPLY[room];
}

/** RFC 1870, 6152, 6531, 4954 §5 (AUTH= is only read over, as the section allows). */
const MAIL_PARAMETERS = new Set(["SIZE", "BODY", "SMTPUTF8", "AUTH"]);

const NOT_ASCII: Reply = { code: 553, text: "5.6.7 address beyond ASCII without SMTPUTF8" };

async function rcptTo<E>(
  address: SMTPServerAddress,
  session: SMTPServerSession,
  options: ListenerOptions<E>,
): Promise<Reply | undefined> {
  const unknown = Object.keys(address.args || {})[0];
  if (unknown !== undefined) return { code: 555, text: `5.5.4 RCPT parameter ${unknown} not supported` };
  if (!isAscii(address.address) && !smtpUtf8(session.envelope.mailFrom)) return NOT_ASCII;
  return options.recipient?.(address.address, principalOf(session, options.admission));
}

async function receive<E>(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  options: ListenerOptions<E>,
  limits: ListenerLimits,
): Promise<Reply> {
  const { mailFrom, rcptTo } = session.envelope;
  return receiveMessage(stream, {
    scan: scanOf(stream),
    limits,
    store: options.store,
    take: options.take,
    failed: options.failed,
    transfer: {
      principal: principalOf(session, options.admission),
      mailFrom: mailFrom === false ? "" : mailFrom.address,
      recipients: rcptTo.map((recipient) => recipient.address),
      declaredEightBit: declaredBody(mailFrom) === "8BITMIME",
      declaredSmtpUtf8: smtpUtf8(mailFrom),
      peer: {
        address: session.remoteAddress,
        greeting: session.hostNameAppearsAs || "",
        protocol: session.transmissionType,
      },
      hostname: options.hostname,
      now: options.now(),
    },
  });
}

function principalOf(session: SMTPServerSession, admission: Admission): Principal {
  return admission.kind === "open" ? admission.principal : (session.user as Principal);
}

const smtpUtf8 = (address: SMTPServerAddress | false): boolean =>
  address !== false && address.args !== false && address.args["SMTPUTF8"] === true;

const declaredBody = (address: SMTPServerAddress | false): string =>
  address !== false && address.args !== false ? String(address.args["BODY"] ?? "7BIT").toUpperCase() : "7BIT";

const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);

const asError = ({ code, text }: Reply): Error & { responseCode: number } =>
  Object.assign(new Error(text), { responseCode: code });

/** A callback handler answered by a promise; a rejection is an outage of ours. */
function answer(
  reply: Promise<Reply | undefined>,
  options: { failed: (error: unknown) => void },
  done: (error?: Error | null) => void,
): void {
  reply.then(
    (refusal) => done(refusal === undefined ? null : asError(refusal)),
    (error: unknown) => {
      options.failed(error);
      done(asError({ code: 451, text: "4.3.0 cannot be decided now, try later" }));
    },
  );
}
