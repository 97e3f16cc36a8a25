"""Tests of one group are of one process, which shares with them what is costly to make."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_is_known_to_whoever_deals_out_tests(request: pytest.FixtureRequest) -> None:
    is_dealt = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@together") is is_dealt
