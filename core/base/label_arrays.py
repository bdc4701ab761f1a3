"""A label model as plain arrays: what they must look like before one is made of them again."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.base import bayes, linear
from core.base.answers import WHOLE

if TYPE_CHECKING:
    import numpy as np


def count_arrays(counts: "np.ndarray", field: int) -> dict[str, "np.ndarray"]:
    """The counts (labels x features) of a field as places and values; most of them are nothing."""
    import numpy as np

    places = np.flatnonzero(counts).astype(np.int64)
    return {f"places_{field}": places, f"counts_{field}": counts.ravel()[places]}


def sparse_counts(arrays: Mapping[str, "np.ndarray"], field: int, size: tuple[int, int]) -> Any:
    """The counts again, sparse; raises ValueError where places or values cannot be."""
    import numpy as np
    from scipy.sparse import csr_matrix

    places, counts = arrays[f"places_{field}"], arrays[f"counts_{field}"]
    _demand(places.dtype == np.int64 and places.ndim == 1 and counts.shape == places.shape and _is_measure(counts))
    _demand(bool((np.diff(places, prepend=-1) > 0).all()) and (not len(places) or int(places[-1]) < size[0] * size[1]))
    return csr_matrix((counts, (places // size[1], places % size[1])), shape=size)


def demand_bayes_model(arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> None:
    """Raise ValueError, KeyError or TypeError where types, sizes or ranges are not those that a naive Bayes model writes."""
    sizes = _demand_space(arrays, rest)
    features, idf = _list(rest["features"]), arrays["idf"]
    _demand_features(features, idf, bayes.MOST_FEATURES)
    _demand(len(features) * max(sizes) <= bayes.MOST_CELLS)
    for name, least in (("size", 1), ("taught", 0), ("fitted_at", 1)):
        _demand(type(rest[name]) is int and least <= rest[name] < 2**53)


def demand_linear_model(arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> None:
    """Raise ValueError, KeyError or TypeError where types, sizes or ranges are not those that a linear model writes."""
    import numpy as np

    sizes = _demand_space(arrays, rest)
    features = 0
    for view in linear.VIEWS:
        names = _list(rest[view])
        _demand_features(names, arrays[f"idf_{view}"], linear.MOST_FEATURES)
        features += len(names)
    _demand(features * sum(sizes) <= linear.MOST_CELLS)
    for f, labels in enumerate(sizes):
        weights, offsets = arrays[f"weights_{f}"], arrays[f"offsets_{f}"]
        _demand(weights.dtype == offsets.dtype == np.float32 and weights.shape == (features, labels) and offsets.shape == (labels,))
        _demand(bool(np.isfinite(weights).all() and np.isfinite(offsets).all()))


def _demand_space(arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> list[int]:
    """Demand labels and combinations that make sense together, and a temperature; how many labels each field has."""
    import numpy as np

    fields, classes, texts = (_list(rest[name]) for name in ("fields", "classes", "texts"))
    combos = arrays["combos"]
    _demand(_all_text(fields) and _all_text(texts) and all(_all_text(_list(names)) for names in classes))
    _demand(len(fields) == len(set(fields)) == len(classes) > 0)
    _demand(rest["kind"] == "json" or (rest["kind"] == "label" and fields == [WHOLE]))
    _demand(all(len(_list(pair)) == 2 and _all_text(pair) for pair in _list(rest["bare"])))
    _demand(all(len(names) == len(set(names)) > 0 for names in classes))
    sizes = [len(names) for names in classes]
    _demand(combos.dtype == np.int64 and combos.shape == (len(texts), len(fields)) and len(texts) > 0)
    _demand(bool(((combos >= 0) & (combos < np.array(sizes))).all()) and len(np.unique(combos, axis=0)) == len(combos))
    _demand(type(rest["temperature"]) is float and 0.0 < rest["temperature"] < float("inf"))
    return sizes


def _demand_features(features: list[Any], idf: "np.ndarray", most: int) -> None:
    _demand(_all_text(features) and 0 < len(features) == len(set(features)) <= most)
    _demand(idf.shape == (len(features),) and _is_measure(idf))


def _list(value: object) -> list[Any]:
    _demand(isinstance(value, list))
    assert isinstance(value, list)
    return value


def _is_measure(values: "np.ndarray") -> bool:
    import numpy as np

    return values.dtype == np.float64 and bool((np.isfinite(values) & (values > 0)).all())


def _all_text(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _demand(truth: bool) -> None:
    if not truth:
        raise ValueError("these arrays are not a label model")
