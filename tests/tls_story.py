#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTPS: thimd init, the certificate it makes, and reading it again."""

import http.client
import os
import signal
import ssl
import stat
import subprocess
import warnings

from harness import BUILD, DEADLINE_S, World, equal, tell


def init(state, name="localhost"):
    return subprocess.run([os.path.join(BUILD, "thimd"), "init", "--name", name,
                           "--state", state], capture_output=True, timeout=30, check=False)


def tls_world():
    world = World(start=False, config={
        "listen": [{"address": "127.0.0.1", "port": 0, "tls": True}]})
    done = init(world.state)
    equal(done.returncode, 0, done.stderr)
    world.start()
    return world


def trusting(world):
    return ssl.create_default_context(cafile=os.path.join(world.state, "tls", "ca.pem"))


def get(world, context, name="localhost"):
    connection = http.client.HTTPSConnection(name, world.address[1], context=context,
                                             timeout=DEADLINE_S)
    try:
        connection.request("GET", "/sgx/certification/v4/tcb?fmspc=30606a000000")
        reply = connection.getresponse()
        reply.read()
        certificate = connection.sock.getpeercert() if connection.sock else None
        return reply.status, certificate
    finally:
        connection.close()


def a_client_with_the_ca_is_served():
    with tls_world() as world:
        for name in ["localhost", "127.0.0.1"]:
            equal(get(world, trusting(world), name)[0], 200, name)


def a_client_without_it_refuses():
    with tls_world() as world:
        try:
            get(world, ssl.create_default_context())
        except ssl.SSLCertVerificationError:
            return
        raise AssertionError("a certificate that nobody vouches for was taken")


def old_tls_is_refused():
    with tls_world() as world:
        context = trusting(world)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            get(world, context)
        except (ssl.SSLError, OSError):
            return
        raise AssertionError("TLS 1.1 was spoken")


def keys_are_for_the_service_alone():
    with tls_world() as world:
        for name in ["ca.key", "server.key"]:
            mode = os.stat(os.path.join(world.state, "tls", name)).st_mode
            equal(stat.S_IMODE(mode), 0o600, name)


def a_second_init_renews_under_the_same_ca_and_hup_takes_it():
    with tls_world() as world:
        context = trusting(world)
        ca = os.path.join(world.state, "tls", "ca.pem")
        with open(ca, "rb") as file:
            before = file.read()
        equal(init(world.state, "thim.example").returncode, 0)
        with open(ca, "rb") as file:
            equal(file.read(), before, "the CA")
        world.thimd.popen.send_signal(signal.SIGHUP)
        world.thimd.wait_for("certificate read again")
        status, certificate = get(world, context)
        equal(status, 200)
        names = [value for _, value in certificate["subjectAltName"]]
        assert "thim.example" in names, names


def https_without_a_certificate_says_what_to_do():
    with World(start=False) as world:
        done = subprocess.run([os.path.join(BUILD, "thimd"), "--config", world.config_file,
                               "--state", world.state, "--clock", "step:" + world.now,
                               "--listen", "https://127.0.0.1:0"],
                              capture_output=True, timeout=60, check=False)
        equal(done.returncode, 3)
        assert "thimd init --name" in done.stderr.decode(), done.stderr


tell(a_client_with_the_ca_is_served,
     a_client_without_it_refuses,
     old_tls_is_refused,
     keys_are_for_the_service_alone,
     a_second_init_renews_under_the_same_ca_and_hup_takes_it,
     https_without_a_certificate_says_what_to_do)
