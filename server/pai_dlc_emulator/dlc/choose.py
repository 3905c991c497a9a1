"""Which behaviour a new job gets: the one its environment names, or what its own nature brings about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .behaviour import Behaviour, Phase, load
from .params import bad
from .specs import SPECS

if TYPE_CHECKING:
    from ..world import World

VARIABLE = "PAI_EMULATOR_BEHAVIOUR"
_SANITY_SECONDS = 20.0
_BIDDING_SECONDS = 15.0


def choose(world: World, args: dict[str, Any]) -> Behaviour:
    named = str((args.get("Envs") or {}).get(VARIABLE) or "")
    try:
        return load(named or _by_nature(world, args))
    except KeyError:
        raise bad(f"The emulator has no behaviour {named}.", "InvalidParameter") from None


def plan(behaviour: Behaviour, args: dict[str, Any]) -> tuple[Phase, ...]:
    """The behaviour's phases, with the bidding, health check and reservation that the job itself asked for."""
    phases = list(behaviour.phases)
    names = [phase.status for phase in phases]
    if is_spot(args) and "Bidding" not in names and "Queuing" in names:
        phases.insert(names.index("Queuing") + 1, _bidding(args))
    names = [phase.status for phase in phases]
    if (args.get("Settings") or {}).get("EnableSanityCheck") and "SanityChecking" not in names and "Running" in names:
        phases.insert(names.index("Running"), Phase("SanityChecking", _SANITY_SECONDS))
    reserved = (args.get("Settings") or {}).get("JobReservedMinutes")
    if reserved and phases[-1].status in ("Succeeded", "Failed"):
        phases.insert(len(phases) - 1, Phase(f"{phases[-1].status}Reserving", 60.0 * reserved))
    return tuple(phases)


def is_spot(args: dict[str, Any]) -> bool:
    return any(spec.get("SpotSpec") or spec.get("UseSpotInstance") for spec in args.get("JobSpecs") or [])


def _by_nature(world: World, args: dict[str, Any]) -> str:
    images = {str(spec.get("Image")) for spec in args["JobSpecs"]}
    if any(image.get("_broken") for image in world.images.values() if image.get("ImageUri") in images):
        return "image-pull"
    stock = {SPECS.get(str(spec.get("EcsSpec")), {}).get("SpotStockStatus") for spec in args["JobSpecs"]}
    return "spot-reclaim" if is_spot(args) and "LowStock" in stock else "succeed"


def _bidding(args: dict[str, Any]) -> Phase:
    """A bid under the market's price, or on a type without spot stock, is never accepted."""
    for spec in args["JobSpecs"]:
        offer = SPECS.get(str(spec.get("EcsSpec")), {})
        limit = (spec.get("SpotSpec") or {}).get("SpotDiscountLimit")
        price = offer.get("NonProtectSpotDiscount", 0.0)
        if offer.get("SpotStockStatus") == "NoStock":
            return Phase("Bidding", None, False, "", "SpotStockNotEnough", "No spot stock of the instance type.")
        if limit is not None and float(limit) < price:
            message = f"The bid of {limit} is below the market price of {price}."
            return Phase("Bidding", None, False, "", "SpotPriceTooLow", message)
    return Phase("Bidding", _BIDDING_SECONDS)
