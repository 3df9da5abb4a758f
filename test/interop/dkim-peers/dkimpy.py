"""dkimpy over a batch of messages (see batch.ts). Usage: dkimpy.py KEYS verify|sign"""
import sys

import dkim

keys, verb = sys.argv[1:]
records = dict(line.rstrip("\n").split(" ", 1) for line in open(f"{keys}/records"))


def lookup(name, timeout=5):
    record = records.get(name.decode().rstrip("."))
    return record.encode() if record else None


def private_key(selector):
    return open(f"{keys}/{selector}.{'seed' if selector == 'ed25519' else 'pkcs1'}", "rb").read()


def verify(message):
    try:
        return ("pass" if dkim.DKIM(message).verify(0, dnsfunc=lookup) else "fail"), ""
    except dkim.ValidationError as error:
        if str(error).startswith("body hash mismatch"):
            return "fail", "body hash mismatch"
        raise


def sign(message, selector, domain, canonicalization, names, oversigned, identity, _lifetime, length, _copied):
    signer = dkim.DKIM(message)
    wanted = [name.encode() for name in names.split(":")]
    present = [name.lower() for name, _ in signer.headers]
    extra = 1 if oversigned == "oversigned" else 0
    fields = [name for name in wanted for _ in range(present.count(name.lower()) + extra)]
    signer.should_not_sign = set()
    algorithm = b"ed25519-sha256" if selector == "ed25519" else b"rsa-sha256"
    return "signed", signer.sign(
        selector.encode(),
        domain.encode(),
        private_key(selector),
        signature_algorithm=algorithm,
        identity=None if identity == "-" else identity.encode(),
        canonicalize=tuple(canonicalization.encode().split(b"/")),
        include_headers=fields,
        length=length == "length",
    ).hex()


while line := sys.stdin.buffer.readline():
    octets, *words = line.decode().split()
    message = sys.stdin.buffer.read(int(octets))
    try:
        word, detail = verify(message) if verb == "verify" else sign(message, *words)
    except Exception as error:
        word, detail = "unusable", ascii(f"{type(error).__name__}: {error}"[:200])
    print(word, detail, sep="\t")
