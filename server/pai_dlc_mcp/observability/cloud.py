"""The cloud client, with each of its requests counted and timed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..cloud.client import CloudClient, Traffic
from ..cloud.credentials import ChainCredentials, Credentials
from ..cloud.endpoints import Endpoints
from ..config.settings import Settings
from ..errors import PaiError
from ..operation import Operation
from ..runtime import Reply
from .metrics import Metrics
from .tracing import cloud_span


class MeasuredClient(CloudClient):
    """What it sends and answers is what ``CloudClient`` does."""

    metrics: Metrics

    @classmethod
    def measured_by(
        cls,
        metrics: Metrics,
        settings: Settings,
        credentials: Credentials | None,
        by_region: Mapping[str, Mapping[str, str]] | None,
        traffic: Traffic | None,
    ) -> MeasuredClient:
        """See ``CloudClient.of``."""
        chain = credentials or ChainCredentials(settings.profile)
        client = cls(Endpoints.of(settings, by_region), chain, traffic=traffic)
        client.metrics = metrics
        return client

    async def request(self, operation: Operation, args: Mapping[str, Any], region: str, max_bytes: int | None) -> Reply:
        """See ``CloudClient.request``."""
        started, code = time.perf_counter(), "broken_off"
        try:
            with cloud_span(operation, region):
                reply = await super().request(operation, args, region, max_bytes)
            code = ""
        except PaiError as error:
            code = error.code
            raise
        else:
            return reply
        finally:
            self.metrics.count_cloud(operation.action_name, time.perf_counter() - started, code or None)
