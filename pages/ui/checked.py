"""Token counts of a validation file, which some servers bill as well."""

from core.base.model_table import encoding_for
from core.base.types import TokenCount
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import counting


def tokens(dataset: Dataset, model: str, method: Method = "supervised") -> TokenCount | None:
    """The tokens of the validation file, none of them where there is none; None, with the progress on the page, while they are counted."""
    sha = material(dataset, method).validation_sha
    if sha is None:
        encoding, exact = encoding_for(model)
        return TokenCount(encoding, (), 0, exact)
    found = counting.of_file(sha, model)
    return None if found is None else found[0]
