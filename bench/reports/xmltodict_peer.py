# FILE TIMES: unpacks and parses a report so often, as parsedmarc does, and prints the CPU seconds that took and the rows.
import gzip, json, resource, sys, time
import xmltodict

file, times = sys.argv[1], int(sys.argv[2])
octets = open(file, "rb").read()
before, rows = time.process_time(), 0
for _ in range(times):
    rows += len(xmltodict.parse(gzip.decompress(octets))["feedback"]["record"])
print(json.dumps({
    "cpuSeconds": time.process_time() - before,
    "rows": rows,
    "residentOctets": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
}))
