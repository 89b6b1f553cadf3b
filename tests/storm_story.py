#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole fleet registers at once: ten thousand platforms."""

from harness import tell
from storms import a_kill_in_a_storm, a_storm

FLEET = 10000


def ten_thousand_registrations_with_every_fifth_call_failing_lose_none():
    a_storm(FLEET)


def a_kill_among_ten_thousand_loses_none_that_was_acknowledged():
    a_kill_in_a_storm(FLEET)


tell(ten_thousand_registrations_with_every_fifth_call_failing_lose_none,
     a_kill_among_ten_thousand_loses_none_that_was_acknowledged)
