"""Data-parallel logistic regression in plain Python: what the demo really trains.

Each rank holds its own part of the data. After every step the ranks average their gradients through rank 0, at
``MASTER_ADDR:MASTER_PORT``, as larger frameworks do through a collective. Prints loss and throughput; exits non-zero
where the loss does not fall.

Usage: ``python train.py [--steps N] [--seconds-per-step S]``
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import socket
import sys
import time
from collections.abc import Sequence
from typing import TextIO

Vector = list[float]
FEATURES, SAMPLES, RATE = 8, 400, 0.5


def samples(rank: int) -> list[tuple[Vector, float]]:
    """This rank's part of a data set that a fixed plane separates, with a little noise."""
    truth = [math.sin(3.0 * index + 1.0) for index in range(FEATURES)]
    draw = random.Random(1000 + rank)  # noqa: S311 - synthetic data, not a secret
    made = []
    for _ in range(SAMPLES):
        x = [draw.gauss(0.0, 1.0) for _ in range(FEATURES)]
        score = sum(w * value for w, value in zip(truth, x, strict=True)) + draw.gauss(0.0, 0.1)
        made.append((x, 1.0 if score > 0 else 0.0))
    return made


def gradient(weights: Vector, data: Sequence[tuple[Vector, float]]) -> tuple[Vector, float]:
    """Mean gradient and mean loss of the logistic model on this rank's data."""
    total, loss = [0.0] * FEATURES, 0.0
    for x, label in data:
        score = sum(w * value for w, value in zip(weights, x, strict=True))
        p = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
        loss -= math.log(max(1e-12, p if label else 1.0 - p))
        for index, value in enumerate(x):
            total[index] += (p - label) * value
    return [value / len(data) for value in total], loss / len(data)


class Ring:
    """All ranks' values averaged through rank 0, one JSON line each way a step."""

    def __init__(self, rank: int, world: int, address: tuple[str, int]) -> None:
        self.rank, self.world = rank, world
        self.peers = [stream(connection) for connection in self._accept(address)] if rank == 0 else []
        self.master = None if rank == 0 else stream(self._connect(address))

    def _accept(self, address: tuple[str, int]) -> list[socket.socket]:
        with socket.create_server(address) as listener:
            listener.settimeout(30)
            return [listener.accept()[0] for _ in range(self.world - 1)]

    def _connect(self, address: tuple[str, int]) -> socket.socket:
        for _ in range(150):
            try:
                return socket.create_connection(address, timeout=30)
            except ConnectionRefusedError:
                time.sleep(0.2)
        raise ConnectionError(f"rank 0 does not listen on {address[0]}:{address[1]}")

    def mean(self, values: Vector) -> Vector:
        if self.master is not None:
            send(self.master, values)
            return receive(self.master)
        gathered = [values, *(receive(peer) for peer in self.peers)]
        result = [sum(column) / self.world for column in zip(*gathered, strict=True)]
        for peer in self.peers:
            send(peer, result)
        return result


def stream(connection: socket.socket) -> TextIO:
    return connection.makefile("rw", encoding="utf-8", newline="\n")


def send(peer: TextIO, values: Vector) -> None:
    peer.write(json.dumps(values) + "\n")
    peer.flush()


def receive(peer: TextIO) -> Vector:
    line = peer.readline()
    if not line:
        raise ConnectionError("a rank left")
    return [float(value) for value in json.loads(line)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seconds-per-step", type=float, default=0.0)
    flags = parser.parse_args()
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    ring = Ring(rank, world, (os.environ.get("MASTER_ADDR", "127.0.0.1"), int(os.environ.get("MASTER_PORT", "29500"))))
    print(f"rank {rank} of {world} is up", flush=True)
    return train(ring, flags.steps, flags.seconds_per_step)


def train(ring: Ring, steps: int, pause: float) -> int:
    data, weights, loss = samples(ring.rank), [0.0] * FEATURES, math.inf
    for step in range(1, steps + 1):
        began = time.perf_counter()
        mine, my_loss = gradient(weights, data)
        *shared, loss = ring.mean([*mine, my_loss])
        weights = [w - RATE * value for w, value in zip(weights, shared, strict=True)]
        time.sleep(pause)
        rate = SAMPLES * ring.world / max(time.perf_counter() - began, 1e-9)
        print(f"step {step}/{steps} loss {loss:.4f} throughput {rate:.0f} samples/s", flush=True)
    print(f"done: loss {loss:.4f}", flush=True)
    return 0 if loss < 0.6 else 1


if __name__ == "__main__":
    sys.exit(main())
