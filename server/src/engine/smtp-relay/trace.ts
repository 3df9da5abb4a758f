/** The Received field of RFC 5321 §4.4 for a message we took, <CRLF> included. `now` is epoch seconds. */
export function receivedField(trace: {
  greeting: string;
  address: string;
  hostname: string;
  protocol: string;
  id: string;
  now: number;
}): string {
  const literal = trace.address.includes(":") ? `[IPv6:${trace.address}]` : `[${trace.address}]`;
  // What the peer called itself is a stranger's text: anything that is no domain or literal stays out of the header.
  const greeting = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(trace.greeting) ? trace.greeting : "unknown";
  return [
    `Received: from ${greeting} (${literal})`,
    `\tby ${trace.hostname} with ${trace.protocol} id ${trace.id};`,
    `\t${dateTime(trace.now)}`,
    "",
  ].join("\r\n");
}

/** date-time of RFC 5322 §3.3, in UTC. */
export function dateTime(now: number): string {
  return new Date(now * 1000).toUTCString().replace("GMT", "+0000");
}
