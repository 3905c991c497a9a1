"""What a declaration says, derived: fields and their places, requests, risks, schemas, kinds, views."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from pai_dlc_mcp.operation import (
    CREATE,
    DELETE,
    EXPOSE,
    READ,
    SPEND,
    STOP,
    WRITE,
    FieldRisk,
    Kind,
    Lines,
    Operation,
    Reveals,
    Service,
    card,
    rows,
    samples,
    snake,
)
from pai_dlc_mcp.schema import object_schema
from pai_dlc_mcp.shapes import (
    Input,
    Leaf,
    Shape,
    Wire,
    api_name,
    is_shape_list,
    json_text,
    kind_of,
    leaves,
    may,
    need,
    opened,
    plain,
    shape_in,
    walk,
    wire_of,
    with_fields_of,
)

PICTURE = Kind("picture", rule="R02", action="art:UsePicture", form="(a registry's address)")
FRAME = Kind("frame", rule="R01")
TIME = Kind("time")
Picture = Annotated[str, PICTURE]
Frame = Annotated[str, FRAME]
Time = Annotated[str, TIME]
SHOW = FieldRisk(EXPOSE, lambda value, target: value == "PUBLIC")


class Shade(Shape):
    Image: Picture = need("Its picture.")
    Depth: int | None = may("How deep.", ge=1, le=9)


class Layer(Shape):
    Image: Picture = need("Its picture.")
    Colours: list[Shade] | None = may("Under it.", hint=True)
    Names: list[str] | None = may("Names.")


class Odd(Shape):
    Any: dict[str, str] | None = may("Anything.")


class PaintThing(Input):
    """Paint
    a   thing."""

    thing_id: str = need("The thing.")
    frame: Frame | None = may("Its frame.", hint=True)
    layers: list[Layer] | None = may("Layers.", hint=True)
    content: Layer | None = may("All of it.", json_text=True)
    odd: Odd | None = may("Odd things.", hint=True)
    access: Literal["PUBLIC", "PRIVATE"] | None = may("Who sees it.", risk=SHOW)
    size: Literal[2, 8, 4] | None = may("How large.", hint=True)
    ends: int | None = may("When it ends.", risk=FieldRisk(STOP), rule="R13", ge=0)
    since: Time | None = may("From when.", api="StartTime", place="query", sent_default="-2h")
    count: int | None = may("How many.", place="query", sent_default=lambda args: 5 if args.get("Frame") else None)
    tags: dict[str, str] | None = may("Tags.", is_sent=False)


ART = Service("pai-art", "2026-01-31", {"art": "pai", "other": "ai"})
ART.post(
    "/things/{ThingId}/paint", CREATE, "art:Paint other:Mix", "arts", or_action="old:Paint",
    view=card("A B"), reveals=Reveals("picture", "", "Id"), rules="R02 R13", presets="lean default",
    also_reads="GetThing", risks=(SPEND,), lines=Lines("Log", "log", "MaxLines", 100),
)(PaintThing)  # fmt: skip
PAINT = ART.operations["PaintThing"]


def test_a_declaration_is_an_operation_by_its_class() -> None:
    assert (PAINT.name, PAINT.action_name, PAINT.title) == ("art_paint_thing", "PaintThing", "Paint thing")
    assert PAINT.description == "Paint a thing."
    assert (PAINT.method, PAINT.path) == ("POST", "/things/{ThingId}/paint")
    assert (PAINT.effect, PAINT.toolset, PAINT.ram_action) == (CREATE, "arts", "art:Paint")
    assert PAINT.actions == PAINT.ram_actions == ("art:Paint", "other:Mix")
    assert PAINT.other_spellings == ("pai:Paint", "ai:Mix", "old:Paint")
    assert (PAINT.rules, PAINT.presets) == (("R02", "R13", "R01", "R30"), ("lean", "default"))
    assert (PAINT.declared_rules, PAINT.also_reads) == (("R02", "R13"), ("GetThing",))
    assert (PAINT.view, PAINT.reveals) == (card("A B"), (Reveals("picture", "", "Id"),))
    assert (PAINT.service, PAINT.example, PAINT.action_confidence) == (ART, {}, "official")
    with pytest.raises(ValueError, match="pai-art declares PaintThing twice"):
        ART.get("/", READ, "art:Paint", "arts")(PaintThing)


@pytest.mark.parametrize(
    ("method", "default"), [("get", "query"), ("delete", "query"), ("post", "body"), ("put", "body")]
)
def test_a_field_travels_where_path_and_method_say_unless_it_says_so_itself(method: str, default: str) -> None:
    service = Service("pai-art", "1")
    getattr(service, method)("/{ThingId}", WRITE, "art:Paint", "arts")(PaintThing)
    operation = service.operations["PaintThing"]
    assert operation.method == method.upper()
    assert [place for _, _, place in operation.fields.values()] == ["path"] + [default] * 7 + ["query"] * 2 + [default]
    assert operation.path_names == ("ThingId",)
    assert operation.has_body is (default == "body")
    assert operation.other_spellings == ()
    assert (operation.declared_rules, operation.reveals, operation.or_actions) == ((), (), ())


def test_names_are_written_in_snakes_and_pascals() -> None:
    assert snake("GetJobSanityCheckResult") == "get_job_sanity_check_result"
    assert (snake("GetV2Job"), snake("ID")) == ("get_v2_job", "id")
    infos = PaintThing.model_fields
    assert [api_name(name, infos[name]) for name in ("thing_id", "since")] == ["ThingId", "StartTime"]
    assert (rows("Jobs", "A B").columns, samples("m").metric) == (("A", "B"), "m")


def test_arguments_that_were_given_travel_by_api_name_in_the_order_of_the_declaration() -> None:
    given = PaintThing.model_validate(
        {
            "layers": [{"Image": "i"}, {"Image": "j", "Colours": [{"Image": "k", "Depth": 2}], "Names": []}],
            "thing_id": 7,
            "frame": None,
            "content": {"Image": "i", "Names": ["n"]},
        }
    )
    sent = PAINT.wire_arguments(given)
    assert list(sent) == ["ThingId", "Frame", "Layers", "Content"]
    assert sent["ThingId"] == "7"
    assert sent["Frame"] is None
    inner = [{"Image": "k", "Depth": 2}]
    assert sent["Layers"] == [{"Image": "i", "Colours": []}, {"Image": "j", "Colours": inner, "Names": []}]
    assert sent["Content"] == '{"Image":"i","Names":["n"]}'
    assert (json_text({"a": 1}), plain({"a": [Layer(Image="x")]})) == ({"a": 1}, {"a": [{"Image": "x", "Colours": []}]})


NOW = 1_769_846_400.0
"""2026-01-31T08:00:00Z."""


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ({}, {"MaxLines": 100, "StartTime": "2026-01-31T06:00:00Z"}),
        ({"Frame": "f"}, {"MaxLines": 100, "StartTime": "2026-01-31T06:00:00Z", "Count": 5}),
        ({"MaxLines": 7, "StartTime": "x", "Count": 0}, {}),
        ({"MaxLines": None, "StartTime": ""}, {"MaxLines": 100}),
    ],
)
def test_r66_what_the_service_would_assume_is_sent_unless_it_is_given(
    given: dict[str, Any], added: dict[str, Any]
) -> None:
    before = dict(given)
    assert PAINT.with_defaults(given, NOW) == given | added
    assert given == before


def test_fields_are_found_to_the_innermost_with_what_they_carry() -> None:
    class Flat(Shape):
        Image: Picture = need("A picture.")
        Layers: list[Odd] | None = may("Odd ones.", secret=True)

    class Named(Input):
        flat_one: Flat | None = may("One.")
        pictures: list[Picture] | None = may("Some.")

    assert [(leaf.path, leaf.kind) for leaf in leaves(Named)] == [
        ("FlatOne", None),
        ("FlatOne.Image", PICTURE),
        ("FlatOne.Layers[]", None),
        ("FlatOne.Layers[].Any", None),
        ("Pictures[]", PICTURE),
    ]
    assert [leaf.path for leaf in leaves(Named) if leaf.wire.secret] == ["FlatOne.Layers[]"]
    assert next(leaves(Flat, "P.")) == Leaf("P.Image", "P", PICTURE, Wire(hint=True))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("A", [("A", 1)]),
        ("B[].C", [("B[0].C", 2), ("B[1].C", None), ("B[2].C", None)]),
        ("B[].D[]", [("B[1].D[0]", 4), ("B[1].D[1]", 5)]),
        ("E.F", [("E.F", 6)]),
        ("G[].H", []),
        ("A.X", [("A.X", None)]),
        ("Missing[]", []),
        ("I.J[]", [("I.J[0]", 7)]),
    ],
)
def test_values_are_found_by_path_with_their_places(path: str, found: list[tuple[str, Any]]) -> None:
    value = {
        "A": 1, "B": [{"C": 2}, {"D": [4, 5]}, "odd"], "E": '{"F": 6}', "G": {"H": 1}, "I": {"J": [7]},
    }  # fmt: skip
    assert walk(value, path) == found


@pytest.mark.parametrize("text", ["", "{", "[1]", "5", "[" * 100_000, 5, None, [1]])
def test_what_is_no_object_opens_to_nothing(text: Any) -> None:
    assert opened(text) is None
    assert opened('{"a": 1}') == opened({"a": 1}) == {"a": 1}


def test_shapes_and_lists_of_shapes_are_told_from_other_types() -> None:
    for yes in (list[Layer], list[Layer] | None):
        assert is_shape_list(yes)
        assert shape_in(yes) is Layer
    for no in (Layer, Layer | None, list[str], list[str] | None, dict[str, Layer]):
        assert not is_shape_list(no)
    assert (shape_in(str | None), shape_in(Layer), shape_in(dict[str, Layer])) == (None, Layer, Layer)


def test_a_kind_is_the_types_own_an_optionals_or_a_list_items_and_never_an_inner_shapes() -> None:
    class Some(Shape):
        A: Picture = need("a")
        B: Picture | None = may("b")
        C: list[Picture] | None = may("c")
        D: Layer | None = may("d")
        E: str | None = may("e")

    assert {name: kind_of(info) for name, info in Some.model_fields.items()} == {
        "A": PICTURE, "B": PICTURE, "C": PICTURE, "D": None, "E": None,
    }  # fmt: skip


def test_a_shape_is_filled_with_an_operations_fields_none_of_them_required() -> None:
    @with_fields_of(PaintThing)
    class Content(Shape):
        """What a thing is."""

        Own: str | None = may("Its own.")

    infos = Content.model_fields
    assert list(infos) == ["Own", *(api_name(name, info) for name, info in PaintThing.model_fields.items())]
    assert not any(info.is_required() for info in infos.values())
    assert not any(wire_of(info).hint for name, info in infos.items())
    assert (Content.__name__, Content.__doc__, Content.__module__) == ("Content", "What a thing is.", __name__)
    assert (kind_of(infos["Frame"]), wire_of(infos["Ends"]).rule) == (FRAME, "R13")
    assert wire_of(infos["Access"]).risk == SHOW
    assert infos["ThingId"].description == "The thing."
    with pytest.raises(ValueError):
        Content.model_validate({"Ends": -1})
    assert Content.model_validate({"Ends": 0}).model_fields_set == {"Ends"}


def declared(effect: Any, **more: Any) -> Operation:
    service = Service("pai-art", "1")
    service.post("/{ThingId}", effect, "art:Paint", "arts", **more)(PaintThing)
    return service.operations["PaintThing"]


@pytest.mark.parametrize(
    ("args", "risks"),
    [
        ({}, {"write"}),
        ({"Ends": 5}, {"write", "stop"}),
        ({"Ends": 5, "Access": "PRIVATE"}, {"write", "stop"}),
        ({"Ends": 5, "Access": "PUBLIC"}, {"write", "stop", "expose"}),
        ({"Access": []}, {"write"}),
    ],
)
def test_r30_what_a_call_may_do_follows_from_its_effect_and_its_fields(args: dict[str, Any], risks: set[str]) -> None:
    assert declared(WRITE).risks_of(args) == risks
    assert declared(WRITE, risks=(DELETE,)).risks_of(args) == risks | {"delete"}
    assert declared(READ).risks_of(args) == {"read"}


def test_r30_a_field_may_be_judged_by_the_state_of_the_target_and_unknown_counts_as_yes() -> None:
    def is_less(value: Any, target: Any) -> bool:
        return target is None or value < target["Ends"]

    class Ending(Input):
        """End."""

        ends: int | None = may("When.", risk=FieldRisk(STOP, is_less, needs_target=True))
        layers: list[Layer] | None = may("Which.", risk=FieldRisk(DELETE, lambda value, target: value == []))

    service = Service("pai-art", "1")
    service.put("/", WRITE, "art:End", "arts")(Ending)
    ending = service.operations["Ending"]
    assert ending.risks_of({"Ends": 5}) == {"write", "stop"}
    assert ending.risks_of({"Ends": 5}, {"Ends": 6}) == {"write", "stop"}
    assert ending.risks_of({"Ends": 5}, {"Ends": 5}) == {"write"}
    assert ending.risks_of({"Layers": []}, {"Ends": 5}) == {"write", "delete"}
    assert ending.risks_of({"Layers": [{}]}, {"Ends": 5}) == {"write"}
    assert ending.possible_risks == {"write", "stop", "delete"}
    assert ending.needs_target


@pytest.mark.parametrize(
    ("effect", "is_guarded", "may_be", "words"),
    [
        (READ, False, False, "read"),
        (WRITE, False, True, "write, sometimes confirmed"),
        (CREATE, False, True, "create, sometimes confirmed"),
        (STOP, True, True, "stop, confirmed"),
        (DELETE, True, True, "delete, confirmed"),
        (SPEND, True, True, "spend, confirmed"),
    ],
)
def test_r30_every_call_of_a_stop_a_delete_or_an_order_is_confirmed(
    effect: Any, is_guarded: bool, may_be: bool, words: str
) -> None:
    """Fields may make some calls of others so too."""
    operation = declared(effect)
    assert (operation.guarded, operation.may_be_confirmed, operation.risk_text) == (is_guarded, may_be, words)


def test_what_a_read_must_have_shown_comes_in_the_order_of_the_rules_and_asks_nothing_of_a_read() -> None:
    pictures = ["Layers[].Image", "Layers[].Colours[].Image", "Content.Image", "Content.Colours[].Image"]
    assert [leaf.path for leaf in declared(WRITE).requirements] == ["Frame", *pictures]
    assert declared(READ).requirements == ()
    assert declared(READ).field_actions == {}


def test_r73_naming_something_needs_the_action_of_its_kind_once() -> None:
    painting = declared(WRITE)
    assert painting.actions_of({}) == ("art:Paint",)
    assert painting.actions_of({"Layers": [{"Image": ""}]}) == ("art:Paint",)
    named = {"Layers": [{"Image": "i"}], "Content": {"Image": "j"}}
    assert painting.actions_of(named) == ("art:Paint", "art:UsePicture")


def property_of(name: str, **how: bool) -> Any:
    return object_schema({name: PaintThing.model_fields[name]}, **how)["properties"][name]


@pytest.mark.parametrize(
    ("name", "listed", "page"),
    [
        ("thing_id", {"type": "string", "description": "The thing."}, None),
        ("frame", {"type": "string", "description": "Its frame."}, None),
        ("access", {"type": "string", "enum": ["PUBLIC", "PRIVATE"]}, {"description": "Who sees it."}),
        ("size", {"type": "integer", "minimum": 2, "maximum": 8, "description": "How large."}, None),
        ("ends", {"type": "integer", "minimum": 0}, {"description": "When it ends."}),
        ("count", {"type": "integer"}, {"description": "How many."}),
        ("tags", {"type": "string", "description": "JSON object."}, {"type": "object", "description": "Tags."}),
    ],
)
def test_the_tool_list_says_types_and_what_is_hinted_and_the_page_says_all(
    name: str, listed: dict[str, Any], page: dict[str, Any] | None
) -> None:
    assert property_of(name) == listed
    assert property_of(name, full=True) == listed | (page or {})
    bare = {key: value for key, value in listed.items() if key != "description" or value == "JSON object."}
    assert property_of(name, words=False) == bare


def test_of_a_shape_the_list_shows_what_is_hinted_or_required_and_the_page_its_leaves() -> None:
    image = {"type": "string", "description": "Its picture. (a registry's address)"}
    depth = {"type": "integer", "minimum": 1, "maximum": 9, "description": "How deep."}
    texts = {"type": "array", "items": {"type": "string"}, "description": "Names."}

    def layers(words: bool, inner: dict[str, Any], **more: Any) -> dict[str, Any]:
        def told(text: str) -> dict[str, str]:
            return {"description": text} if words else {}

        shade = {"type": "object", "properties": inner, "required": ["Image"]}
        colours = {"type": "array", "items": shade, **told("Under it.")}
        layer = {"Image": inner["Image"], "Colours": colours, **more}
        return {
            "type": "array",
            "items": {"type": "object", "properties": layer, "required": ["Image"]},
            **told("Layers."),
        }

    assert property_of("layers") == layers(True, {"Image": image})
    assert property_of("layers", words=False) == layers(False, {"Image": {"type": "string"}})
    assert property_of("layers", full=True) == layers(True, {"Image": image, "Depth": depth}, Names=texts)
    assert property_of("odd") == {"type": "string", "description": "Odd things."}
    anything = {"Any": {"type": "object", "description": "Anything."}}
    assert property_of("odd", full=True) == {"type": "object", "properties": anything, "description": "Odd things."}


def test_an_object_says_which_of_its_fields_are_required_where_some_are() -> None:
    infos = PaintThing.model_fields
    assert object_schema({"thing_id": infos["thing_id"], "size": infos["size"]})["required"] == ["thing_id"]
    assert "required" not in object_schema({"size": infos["size"]})
    assert object_schema({}) == {"type": "object", "properties": {}}
