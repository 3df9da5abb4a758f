"""Verifies messages with dkimpy. Usage: dkimpy.py RESOLVER PORT FILE...; one line a file: result, tab, detail."""
import sys

import dkim
import dns.resolver

resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = [sys.argv[1]]
resolver.port = int(sys.argv[2])
dns.resolver.default_resolver = resolver

for path in sys.argv[3:]:
    with open(path, "rb") as file:
        message = dkim.DKIM(file.read(), timeout=10)
    try:
        count = len([name for name, _ in message.headers if name.lower() == b"dkim-signature"])
        results = [message.verify(idx=index) for index in range(count)]
        verdict = "none" if count == 0 else "pass" if all(results) else "fail"
        detail = f"{count} signatures: {results}"
    except Exception as error:
        verdict, detail = "fail", f"{type(error).__name__}: {error}".replace("\n", " ")
    print(verdict, detail, sep="\t", flush=True)
