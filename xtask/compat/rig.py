"""What the scripts of all rigs share: addresses, keys and checks.

`cargo xtask compat` passes everything in the environment:

COMPAT_FOLDER              folder of this rig, where scripts may write
COMPAT_SERVER_NAME         port NAME of the real server
COMPAT_ADDRESS_NAME        host:port NAME that the client connects to: the gateway's, or the server's with --direct
COMPAT_KEY_FILE            the gateway's key file; not set with --direct
COMPAT_CERTIFICATE         the certificate of the gateway; not set without --tls
COMPAT_SERVER_LOG          what the server has printed
"""

import json
import os
import pathlib
import ssl
import sys
import time
import traceback

# For servers that can check a key themselves.
SERVER_KEY = "server-key"

_checks = []


def folder():
    """The folder of this rig, where scripts may write."""
    return pathlib.Path(os.environ["COMPAT_FOLDER"])


def server_port(*names):
    """A port that the real server is to listen on: that of the first name that has one."""
    variables = [f"COMPAT_SERVER_{name.upper()}" for name in names]
    return int(next(os.environ[name] for name in variables if name in os.environ))


def address(name):
    """host:port that the client connects to."""
    return os.environ[f"COMPAT_ADDRESS_{name.upper()}"]


def url(name, path=""):
    """The address as an URL."""
    scheme = "https" if certificate() else "http"
    return f"{scheme}://{address(name)}{path}"


def certificate():
    """The file of the certificate to trust; nothing where there is no TLS."""
    return os.environ.get("COMPAT_CERTIFICATE")


def trust():
    """What clients in the manner of httpx take as `verify`."""
    return ssl.create_default_context(cafile=certificate()) if certificate() else True


def grpc_channel(name):
    """A channel of grpcio to the address."""
    import grpc

    if not certificate():
        return grpc.insecure_channel(address(name))
    root = pathlib.Path(certificate()).read_bytes()
    return grpc.secure_channel(address(name), grpc.ssl_channel_credentials(root))


def is_direct():
    """Whether the client talks to the server itself, without the gateway."""
    return "COMPAT_KEY_FILE" not in os.environ


def key(kind):
    """The key `inference`, `management` or `API` that is valid now; the server's own, where there is no gateway."""
    if is_direct():
        return SERVER_KEY
    keys = json.loads(pathlib.Path(os.environ["COMPAT_KEY_FILE"]).read_text())
    return keys[kind]["key"]


def bearer(kind):
    """The header with a key; no header where there is no gateway."""
    return {} if is_direct() else {"Authorization": f"Bearer {key(kind)}"}


def server_log():
    """What the server has printed."""
    path = pathlib.Path(os.environ["COMPAT_SERVER_LOG"])
    return path.read_text(errors="replace")


def wait_until(condition, what, timeout_sec=10.0):
    """Returns the condition's first true value."""
    end = time.monotonic() + timeout_sec
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout_sec} s")
        time.sleep(0.05)
    return value


def equal(found, expected):
    """Fails with both values unless they are equal."""
    assert found == expected, f"{found!r} instead of {expected!r}"


def check(function):
    """Registers a check; its name is the function's."""
    _checks.append((function, False))
    return function


def gateway_check(function):
    """Registers a check of what only the gateway does."""
    _checks.append((function, True))
    return function


def run():
    """Runs all checks in their order, a line each; ends the process."""
    failed = 0
    for function, needs_gateway in _checks:
        name = function.__name__.replace("_", " ")
        if needs_gateway and is_direct():
            print(f"skipped {name}: needs the gateway", flush=True)
            continue
        try:
            function()
        except Exception as error:  # whatever a client library raises is this check's failure
            failed += 1
            traceback.print_exc()
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAILED {name}: {reason[:500]}", flush=True)
        else:
            print(f"ok {name}", flush=True)
    sys.exit(1 if failed else 0)
