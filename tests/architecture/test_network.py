"""The guard of tests/conftest.py does stand in the way."""

from __future__ import annotations

import os
import socket
import urllib.request

import pytest


def test_another_machine_cannot_be_reached():
    with (
        socket.socket() as connection,
        pytest.raises(AssertionError, match="reached out"),
    ):
        connection.connect(("192.0.2.1", 80))  # TEST-NET-1 of RFC 5737: nobody's address


def test_no_name_is_looked_up():
    with pytest.raises(AssertionError, match=r"reached out"):
        urllib.request.urlopen("http://underpaint.invalid/", timeout=1)  # RFC 2606: nobody's name


def test_this_machine_can_talk_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            client.sendall(b"hello")


def test_hubs_are_told_to_stay_offline():
    assert os.environ["HF_HUB_OFFLINE"] == "1"
