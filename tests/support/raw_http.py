"""Requests byte by byte: targets that no library would send, HTTP/2 frames of clients that keep to
no rule."""

import socket

HEADERS, RST_STREAM, SETTINGS, WINDOW_UPDATE = 1, 3, 4, 8
END_STREAM, END_HEADERS = 1, 4


def connect(port, source=None, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source is not None:
        connection.bind((source, 0))
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


def head(method, target, headers):
    lines = [f"{method} {target} HTTP/1.1", "Host: x"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_to_end(connection):
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def ask(port, target, method="GET", headers=None, body=b"", source=None):
    """(status, headers, body) of one request; the target is sent as it is."""
    fields = {"Connection": "close", **(headers or {})}
    if body:
        fields["Content-Length"] = len(body)
    with connect(port, source) as connection:
        connection.sendall(head(method, target, fields) + body)
        answer = read_to_end(connection)
    top, _, content = answer.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), content


def frame(kind, flags, stream, payload=b""):
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def preface(window=None):
    """The beginning of a connection, with the flow-control window of its streams."""
    settings = b"" if window is None else b"\0\4" + window.to_bytes(4, "big")
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings)


def header_block(method, path):
    """:method, :scheme, :path and :authority; nothing of it enters the table."""
    return (
        {"GET": b"\x82", "POST": b"\x83"}[method]
        + b"\x86\x04"
        + bytes((len(path),))
        + path.encode()
        + b"\x01\x01x"
    )


def large_field(size):
    """A field that becomes entry 62 of the table, which b"\\xbe" repeats; 255 <= size < 16511."""
    return b"\x40\x01x\x7f" + bytes((0x80 | (size - 127) & 0x7F, (size - 127) >> 7)) + b"v" * size


def memory_bytes(server, what="VmHWM"):
    """Of the server's process: VmHWM its peak, VmRSS what it has now."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(what))
