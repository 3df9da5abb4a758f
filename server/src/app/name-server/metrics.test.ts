import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { NameServerReport } from "../../service/name-server/report.ts";
import { nameServerMetrics } from "./metrics.ts";

const report: NameServerReport = {
  node: "ns1",
  version: "0.1.0",
  listen: "127.0.0.1:5300",
  startedAt: 900,
  at: 1000,
  zones: 2,
  notReady: ["broken.example"],
  conflicts: ["old.example, serial 7"],
  overrides: ["www.esp.example A", "a.esp.example A"],
  serials: { "dkim.esp.example": 42 },
  queries: {
    udp: 7,
    tcp: 1,
    byType: { TXT: 8 },
    byRcode: { NOERROR: 6, NXDOMAIN: 2 },
    dropped: 3,
    slipped: 2,
    // As it comes back from the database: JSON has no infinity.
    latency: { bounds: [1, 2, null as unknown as number], counts: [3, 1, 1], sumMicroseconds: 40, count: 5 },
  },
};

test("each name server shows queries by transport, type and RCODE, serials, limits and times; what is told twice counts once", async () => {
  const registry = new Registry();
  const refresh = nameServerMetrics(registry);
  refresh([report], 1010);
  refresh([report, { ...report, node: "ns2", at: 100 }], 1010);
  const lines = (await registry.metrics())
    .split("\n")
    .filter((line) => line.includes('node="ns1"') || line.includes("_up{"));
  expect(lines).toEqual([
    'chancery_dns_up{node="ns1"} 1',
    'chancery_dns_up{node="ns2"} 0',
    'chancery_dns_queries_total{node="ns1",transport="udp"} 7',
    'chancery_dns_queries_total{node="ns1",transport="tcp"} 1',
    'chancery_dns_queries_by_type_total{node="ns1",type="TXT"} 8',
    'chancery_dns_answers_by_rcode_total{node="ns1",rcode="NOERROR"} 6',
    'chancery_dns_answers_by_rcode_total{node="ns1",rcode="NXDOMAIN"} 2',
    'chancery_dns_limited_total{node="ns1",verdict="drop"} 3',
    'chancery_dns_limited_total{node="ns1",verdict="slip"} 2',
    'chancery_dns_zones{node="ns1"} 2',
    'chancery_dns_zones_not_ready{node="ns1"} 1',
    'chancery_dns_zones_in_conflict{node="ns1"} 1',
    'chancery_dns_overrides{node="ns1"} 2',
    'chancery_dns_store_lost{node="ns1"} 0',
    'chancery_dns_zone_serial{node="ns1",zone="dkim.esp.example"} 42',
    'chancery_dns_latency_seconds_bucket{node="ns1",le="0.000001"} 3',
    'chancery_dns_latency_seconds_bucket{node="ns1",le="0.000002"} 4',
    'chancery_dns_latency_seconds_bucket{node="ns1",le="+Inf"} 5',
    'chancery_dns_latency_seconds_sum{node="ns1"} 0.00004',
    'chancery_dns_latency_seconds_count{node="ns1"} 5',
  ]);
});
