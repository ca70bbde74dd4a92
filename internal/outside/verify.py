#!/usr/bin/env python3
"""Verify a sealed log (C2SP tlog-tiles) from its events alone: verify.py FOLDER|URL VKEY

Standard library and the program openssl only. The key's signature on the checkpoint is checked, and the Merkle tree (RFC 6962) of the events is
computed anew. Hash tiles are not looked at: whoever computes them needs none. A token for the events is taken from LOG_TOKEN.
"""
import base64, hashlib, os, subprocess, sys, tempfile, urllib.request


def read(base, name):
    if not base.startswith("http"):
        with open(os.path.join(base, name), "rb") as f:
            return f.read()
    ask = urllib.request.Request(base.rstrip("/") + "/" + name)
    if os.environ.get("LOG_TOKEN"):
        ask.add_header("Authorization", "Bearer " + os.environ["LOG_TOKEN"])
    with urllib.request.urlopen(ask, timeout=60) as answer:
        return answer.read()


def signed(text, signature, public):
    spki = bytes.fromhex("302a300506032b6570032100") + public  # RFC 8410
    with tempfile.TemporaryDirectory() as d:
        for name, content in ("key", spki), ("text", text), ("sig", signature):
            with open(os.path.join(d, name), "wb") as f:
                f.write(content)
        check = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in text -sigfile sig"
        return subprocess.run(check.split(), cwd=d, capture_output=True).returncode == 0


def checkpoint(note, vkey):
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    body, _, lines = note.partition(b"\n\n")
    body += b"\n"
    if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_id:
        sys.exit("the key is not one of type Ed25519 and of that name")
    for line in lines.decode().splitlines():
        dash, who, raw = line.split(" ")
        raw = base64.b64decode(raw, validate=True)
        if who == name and raw[:4].hex() == key_id and signed(body, raw[4:], key[1:]):
            origin, size, root = body.decode().splitlines()
            if origin != name:
                sys.exit("the checkpoint is of another log")
            return int(size), base64.b64decode(root, validate=True)
    sys.exit("the checkpoint is not signed by the key")


def path(n, width):
    parts = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        parts.insert(0, "x%03d" % (n % 1000))
    return "tile/entries/" + "/".join(parts) + (".p/%d" % width if width < 256 else "")


def events(base, size):
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        bundle, at = read(base, path(n, width)), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle):
                sys.exit("bundle %d ends early" % n)
            yield bundle[at + 2 : end]
            at = end
        if at != len(bundle):
            sys.exit("bundle %d has more than its events" % n)


def tree(leaves):
    stack = []  # (height, hash) of the full subtrees, left to right
    for leaf in leaves:
        node = (0, hashlib.sha256(b"\0" + leaf).digest())
        while stack and stack[-1][0] == node[0]:
            node = (node[0] + 1, hashlib.sha256(b"\1" + stack.pop()[1] + node[1]).digest())
        stack.append(node)
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack.pop()[1]
    while stack:
        root = hashlib.sha256(b"\1" + stack.pop()[1] + root).digest()
    return root


if __name__ == "__main__":
    base, vkey = sys.argv[1], sys.argv[2].strip()
    size, root = checkpoint(read(base, "checkpoint"), vkey)
    if tree(events(base, size)) != root:
        sys.exit("the events are not those of the checkpoint")
    print("verified %d events with root %s" % (size, base64.b64encode(root).decode()))
