# What mailing list programs written in Python do to a message, by the library that they use: prints the changed message.
# Arguments: footer (text below the body, as Mailman adds it), wrap (a multipart around it), mbox (through an mbox file).
import copy
import mailbox
import os
import sys
import tempfile
from email import message_from_bytes
from email.generator import BytesGenerator
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO

FOOTER = "\n_______________________________________________\nlist mailing list\nlist@lists.example.org\n"

message = message_from_bytes(sys.stdin.buffer.read())
how = sys.argv[1]


def tag(text):
    subject = text["Subject"]
    del text["Subject"]
    text["Subject"] = "[list] " + subject


if how == "footer":
    tag(message)
    charset = message.get_content_charset() or "us-ascii"
    body = message.get_payload(decode=True).decode(charset)
    del message["Content-Transfer-Encoding"]
    message.set_payload(body.rstrip("\n") + "\n" + FOOTER, charset)
elif how == "wrap":
    tag(message)
    inner = MIMEText("", "plain")
    for name in list(inner.keys()):
        del inner[name]
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        if message[name]:
            inner[name] = message[name]
            del message[name]
    inner.set_payload(message.get_payload())
    outer = MIMEMultipart("mixed", "===============1234==", [inner, MIMEText(FOOTER, "plain", "us-ascii")])
    del outer["MIME-Version"]
    for name, value in outer.items():
        message[name] = value
    message.set_payload(outer.get_payload())
elif how == "mbox":
    path = os.path.join(tempfile.mkdtemp(), "mbox")
    box = mailbox.mbox(path)
    box.add(message)
    box.flush()
    box.close()
    text = open(path, "rb").read()
    message = message_from_bytes(text[text.index(b"\n") + 1 :].rstrip(b"\n") + b"\n")

out = BytesIO()
BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(message, linesep="\r\n")
sys.stdout.buffer.write(out.getvalue())
