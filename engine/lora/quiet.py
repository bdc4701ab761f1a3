"""Keeps the libraries of the pack from talking: what the user should know goes into the progress file."""

import logging
import warnings

import datasets
import transformers


def quiet() -> None:
    """Only errors are logged, and the warnings that no setting of ours avoids are passed over."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    for name in ("trl", "peft", "accelerate", "torch.distributed"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # TRL 1.16 and PEFT 0.21 use names that transformers 5.23 has given new ones
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing. is deprecated", category=FutureWarning)
