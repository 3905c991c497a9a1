"""Nested shapes and word lists of the model registry."""

from __future__ import annotations

from typing import Annotated, Literal

from ...shapes import Known, Shape, may

Approval = Literal["Pending", "Approved", "Rejected"]
Format = Annotated[
    str,
    Known(
        "OfflineModel",
        "SavedModel",
        "Keras H5",
        "Frozen Pb",
        "Caffe Prototxt",
        "TorchScript",
        "XGBoost",
        "PMML",
        "AlinkModel",
        "ONNX",
    ),
]
Framework = Annotated[str, Known("Pytorch", "XGBoost", "Keras", "Caffe", "Alink", "Xflow", "TensorFlow")]
Source = Annotated[str, Known("Custom", "PAIFlow", "TrainingService")]


class Condition(Shape):
    """One comparison that a listed model passes."""

    Column: str | None = may("Field compared, such as ParameterSize.", hint=True)
    Operator: str | None = may("Comparison, such as LessThan.", hint=True)
    Value: str | None = may("Number compared with, as text.", hint=True)


class TagFilter(Shape):
    """A tag that a listed model has."""

    Key: str | None = may("What the tag is called.", hint=True)
    Value: str | None = may("What the tag says.", hint=True)
