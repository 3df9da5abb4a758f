import { Counter, Gauge, type Registry } from "prom-client";
import { type NameServerReport, silentAfterSeconds } from "../../service/name-server/report.ts";

const copyLabels = ["secondary", "address"];

/**
 * Metrics of every name server, from what each last said of itself; the function that comes back brings them up to date. Counters are
 * those of the name server's process: they start again with it, as Prometheus expects. `node` is the name that NSID tells.
 */
export function nameServerMetrics(registry: Registry): (reports: readonly NameServerReport[], now: number) => void {
  const registers = [registry];
  const counter = (name: string, help: string, label?: string): Counter =>
    new Counter({ name: `chancery_dns_${name}`, help, labelNames: label ? ["node", label] : ["node"], registers });
  const gauge = (name: string, help: string, ...labels: string[]): Gauge =>
    new Gauge({ name: `chancery_dns_${name}`, help, labelNames: ["node", ...labels], registers });
  const up = gauge("up", `1 when the name server reported within ${silentAfterSeconds} s`);
  const queries = counter("queries_total", "Queries answered, by transport", "transport");
  const byType = counter("queries_by_type_total", "Queries answered, by type asked", "type");
  const byRcode = counter("answers_by_rcode_total", "Answers, by RCODE", "rcode");
  const limited = counter("limited_total", "Answers held back (drop) or sent empty with TC (slip)", "verdict");
  const zones = gauge("zones", "Zones answered from");
  const notReady = gauge("zones_not_ready", "Zones that cannot be served");
  const conflicts = gauge("zones_in_conflict", "Zones kept as served, since the database is an older copy of them");
  const overrides = gauge("overrides", "Record sets overridden on the name server itself");
  const lost = gauge("store_lost", "1 when nothing new is taken over until the name server is started again");
  const serial = gauge("zone_serial", "SOA serial served, of the first 500 zones by name", "zone");
  const alarm = gauge("secondary_alarm", "1 when a secondary does not serve what it should", ...copyLabels);
  const lag = gauge("secondary_lag_seconds", "For how long a secondary has not served a current serial", ...copyLabels);
  const lagging = gauge("secondary_lagging_zones", "Zones that a secondary does not serve as it should", ...copyLabels);
  const visible = gauge("change_visible_seconds", "How long the last change took to be at every secondary");
  const latency = counter("latency_seconds_bucket", "Time from query to reply, of a sample of queries", "le");
  const latencySum = counter("latency_seconds_sum", "Sum of the times of the sample");
  const latencyCount = counter("latency_seconds_count", "Queries in the sample");
  const states = [up, zones, notReady, conflicts, overrides, lost, serial];
  const all = [...states, queries, byType, byRcode, limited, latency, latencySum, latencyCount];
  const ofSecondaries = [alarm, lag, lagging, visible];

  const showLatency = (node: string, { bounds, counts, sumMicroseconds, count }: Latency): void => {
    let upTo = 0;
    for (const [index, bound] of bounds.entries()) {
      upTo += counts[index] ?? 0;
      // Infinity is null after a trip through JSON.
      latency.inc({ node, le: bound === null || bound === Infinity ? "+Inf" : String(bound / 1e6) }, upTo);
    }
    latencySum.inc({ node }, sumMicroseconds / 1e6);
    latencyCount.inc({ node }, count);
  };

  const show = ({ node, at, queries: counted, ...report }: NameServerReport, now: number): void => {
    up.set({ node }, now - at <= silentAfterSeconds ? 1 : 0);
    queries.inc({ node, transport: "udp" }, counted.udp);
    queries.inc({ node, transport: "tcp" }, counted.tcp);
    for (const [type, count] of Object.entries(counted.byType)) byType.inc({ node, type }, count);
    for (const [rcode, count] of Object.entries(counted.byRcode)) byRcode.inc({ node, rcode }, count);
    limited.inc({ node, verdict: "drop" }, counted.dropped);
    limited.inc({ node, verdict: "slip" }, counted.slipped);
    zones.set({ node }, report.zones);
    notReady.set({ node }, report.notReady.length);
    conflicts.set({ node }, report.conflicts?.length ?? 0);
    overrides.set({ node }, report.overrides?.length ?? 0);
    lost.set({ node }, report.lost === undefined ? 0 : 1);
    for (const [zone, value] of Object.entries(report.serials)) serial.set({ node, zone }, value);
    showLatency(node, counted.latency);
    for (const { secondary, address, state, lagSeconds, lagging: zonesBehind } of report.copies ?? []) {
      alarm.set({ node, secondary, address }, state === "alarm" ? 1 : 0);
      lag.set({ node, secondary, address }, lagSeconds);
      lagging.set({ node, secondary, address }, zonesBehind);
    }
    if (report.visible?.lastSeconds !== undefined) visible.set({ node }, report.visible.lastSeconds);
  };

  return (reports, now) => {
    for (const metric of [...all, ...ofSecondaries]) metric.reset();
    for (const report of reports) show(report, now);
  };
}

type Latency = NameServerReport["queries"]["latency"];
