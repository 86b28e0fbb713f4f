"""Hooks that LocalStack runs before it starts."""

import os

from localstack.runtime import hooks


@hooks.on_runtime_create(name="cairn_bind")
def bind_given_host():
    """LocalStack listens on every IPv4 address, whatever GATEWAY_LISTEN says. Listen on the given host only.

    When CAIRN_LISTEN_FD is set, it names a socket that already listens: nobody else can take its port.
    """
    import socket

    from localstack.runtime.server import twisted as server
    from twisted.internet import endpoints, reactor

    class Endpoints:
        TCP6ServerEndpoint = staticmethod(endpoints.TCP6ServerEndpoint)

        class TCP4ServerEndpoint:
            def __init__(self, _reactor, port):
                self.port = port

            def listen(self, factory):
                fd = os.environ.get("CAIRN_LISTEN_FD")
                if fd:
                    return reactor.adoptStreamPort(int(fd), socket.AF_INET, factory)
                from localstack import config

                host = next(a.host for a in config.GATEWAY_LISTEN if a.port == self.port)
                return reactor.listenTCP(self.port, factory, interface=host)

    server.endpoints = Endpoints


@hooks.on_runtime_create(name="cairn_rules")
def install_rules():
    """Load every rule and put it around the handlers of its service."""
    from cairn_localstack import control, rules

    rules.install()
    control.install()
