"""A token that this server did not give: every bit of a good one flipped, and texts that look like one."""

from __future__ import annotations

import base64

from pai_dlc_mcp.guards.confirmation import tokens
from pai_dlc_mcp.guards.confirmation.check import TWO_STEP
from pai_dlc_mcp.guards.confirmation.snapshot import Snapshot, bind
from pai_dlc_mcp.guards.confirmation.tokens import TokenInvalid
from support.attack_scene import Scene, previewed
from support.fake_cloud import call_of, runtime_of
from support.guard_removal import always, both_ways, nothing_awaited, replaced

NO_SEAL = replaced("pai_dlc_mcp.state.keys.Keys.fits", always(True))


@both_ways(NO_SEAL)
async def test_r31_a_token_with_any_one_bit_flipped_is_refused() -> list[int]:
    runtime, _, _ = runtime_of()
    binding = bind(call_of("StopJob", {"JobId": "dlc1"}), runtime, Snapshot({}, "seen", "victim"))
    token = await tokens.issue(runtime, binding, TWO_STEP)
    raw = _raw(token.text)
    accepted = []
    for bit in range(len(raw) * 8):
        forged = bytearray(raw)
        forged[bit // 8] ^= 1 << bit % 8
        try:
            await tokens.redeem(runtime, _token(forged), binding, TWO_STEP)
        except TokenInvalid:
            continue
        accepted.append(bit)
        break
    else:
        await tokens.redeem(runtime, token.text, binding, TWO_STEP)
    return accepted


@both_ways(
    replaced("pai_dlc_mcp.guards.confirmation.tokens._opened", lambda text: (_raw(text)[:56], _raw(text)[56:88])),
)
async def test_r31_another_spelling_of_the_same_token_is_refused() -> list[str]:
    runtime, _, _ = runtime_of()
    binding = bind(call_of("StopJob", {"JobId": "dlc1"}), runtime, Snapshot({}, "seen", "victim"))
    token = (await tokens.issue(runtime, binding, TWO_STEP)).text
    accepted = []
    for text in (token + "=", token + "==", token.removeprefix("pai1."), token[:-1] + chr(ord(token[-1]) ^ 1)):
        try:
            await tokens.redeem(runtime, text, binding, TWO_STEP)
        except TokenInvalid:
            continue
        accepted.append(text)
        break
    return accepted


@both_ways(NO_SEAL)
async def test_r31_a_forged_token_stops_nothing_through_the_protocol(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        raw = _raw(await previewed(driver, job_id=job))
        for place in (0, 17, 23, 30, 60, 87):
            forged = bytearray(raw)
            forged[place] ^= 1
            await driver.raw("dlc_stop_job", job_id=job, confirmation_token=_token(forged), wait_seconds=0)
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.guards.confirmation.check.redeem", nothing_awaited))
async def test_r31_text_that_is_no_token_stops_nothing(scene: Scene) -> list[str]:
    job = scene.job()
    texts = ["", "yes", "true", "pai1.", "pai1." + "A" * 118, "A" * 2_000, "pai1.\u212a", "null", "0", job, "victim"]
    async with scene.server() as driver:
        for text in texts:
            await driver.raw("dlc_stop_job", job_id=job, confirmation_token=text, wait_seconds=0)
    return scene.writes()


def _raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token.removeprefix(tokens.PREFIX).rstrip("=") + "===")


def _token(raw: bytes | bytearray) -> str:
    return tokens.PREFIX + base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
