"""Why a base model cannot be had, read or trained here: one code and one sentence each, and what to do about it."""

from typing import Any

from core.base.errors import N_, TunesmithError

_SOURCE = N_("Take the model from a source that you trust, or choose one from the list.")
_AGAIN = N_("Try again. What has arrived so far is kept.")
_OTHER = N_("Choose a model from the list, or export this one in the Hugging Face format with safetensors weights.")

# code: (what happened, what to do); {names} are filled from the parameters
SENTENCES: dict[str, tuple[str, str]] = {
    # names and folders
    "unknown_base": (N_("There is no model “{id}” in the list."), N_("Choose one from the list, or import a folder.")),
    "bad_id": (
        N_("“{id}” cannot be the name of a model."),
        N_("Use small letters, digits, dots and hyphens, at most 48 characters, beginning with a letter or a digit."),
    ),
    "taken": (N_("There is a model “{id}” already."), N_("Choose another name, or remove that model first.")),
    "other_weights": (N_("This is not {name}: its weights are different."), N_("Import it under another name.")),
    "busy": (N_("“{id}” is being fetched right now."), N_("Wait until it is there, or cancel the download first.")),
    "trains": (
        N_("A training with “{id}” is under way, or waits for its turn."),
        N_("Wait until it has ended, or cancel it. Then remove the model."),
    ),
    "answers": (N_("“{id}” is answering right now."), N_("Wait until the answer is there, or stop it. Then remove the model.")),
    "no_folder": (N_("The folder {folder} is not there, or cannot be read."), N_("Check its name. It must lie on this machine.")),
    "not_whole": (N_("A file of this model is missing or has changed: {file}."), N_("Remove the model here and fetch it again.")),
    "bad_record": (N_("What Tunesmith noted about this model cannot be read."), N_("Remove the model here and fetch it again.")),
    # the network
    "no_network": (
        N_("{host} cannot be reached."),
        N_("Check the network and try again. Without a network, import a folder from another machine."),
    ),
    "slow_network": (N_("{host} stopped sending."), _AGAIN),
    "not_found": (N_("{host} does not have this model, or not in this version."), N_("It may have been taken down. Choose another model.")),
    "gated": (
        N_("{host} gives this model only to people who have accepted its terms."),
        N_("Accept them on its page there, make an access token, set it as HF_TOKEN and start Tunesmith again."),
    ),
    "rate_limited": (
        N_("{host} asks to wait before more is fetched."),
        N_("Wait a few minutes and try again. What has arrived so far is kept."),
    ),
    "hub_fault": (N_("{host} had a fault of its own (status {status})."), _AGAIN),
    "not_a_hub": (N_("{host} did not answer as a model hub does."), N_("Check the address in HF_ENDPOINT, or remove that setting.")),
    "unsafe_address": (N_("{host} is not a secure address."), N_("HF_ENDPOINT must begin with https://, except on this machine itself.")),
    "other_revision": (N_("{host} offers another version of this model than the one that was checked."), _SOURCE),
    "wrong_size": (N_("{file} does not have the size that {host} announced."), _AGAIN),
    "wrong_hash": (
        N_("{file} is not what {host} announced: its checksum is different."),
        N_("Try again. If it happens again, the source is not to be trusted."),
    ),
    "disk_full": (
        N_("This needs {needed_gb} GB of disk space and {free_gb} GB are free."),
        N_("Make room, or let TUNESMITH_MODELS name a folder on a larger disk."),
    ),
    "no_permission": (N_("The folder {folder} cannot be written to."), N_("Let TUNESMITH_MODELS name a folder that may be written to.")),
    "fault": (N_("Something went wrong while the model was fetched."), N_("Try again. The engine's log says more.")),
    "cancelled": (N_("The download was cancelled."), N_("Start it again to go on where it stopped.")),
    # what is in a model's folder
    "no_config": (N_("There is no config.json: this is not a model's folder."), _OTHER),
    "bad_json": (N_("{file} cannot be read: {problem}."), _SOURCE),
    "control_characters": (N_("{file} holds a line break or a control character in “{field}”, where a name belongs."), _SOURCE),
    "number_too_large": (N_("{file} holds a number that no real model has: “{field}”."), _SOURCE),
    "remote_code": (N_("This model brings its own program ({file}), and Tunesmith runs no program that comes with a model."), _OTHER),
    "pickle_weights": (
        N_("The weights are in {file}, a format that can hide programs. Only safetensors weights are taken."),
        N_("Look for a version of this model with .safetensors files."),
    ),
    "no_weights": (N_("There are no safetensors weights in this folder."), N_("Look for a version of this model with .safetensors files.")),
    "pointer_file": (
        N_("{file} is only a note of where the real file lies: it was cloned without its large files."),
        N_("Run “git lfs pull” in that folder, then import it again."),
    ),
    "unsafe_name": (N_("A file name leads out of the model's folder: {file}."), _SOURCE),
    "bad_weights": (N_("{file} is damaged or was made to look like weights: {problem}."), _SOURCE),
    "unknown_architecture": (N_("Models of the kind “{kind}” cannot be trained here."), _OTHER),
    "quantized": (
        N_("The weights of this model were made smaller ({kind}), and such weights cannot be trained."),
        N_("Look for the original version of this model."),
    ),
    "no_tokenizer": (N_("The file tokenizer.json is missing, without which no text can be read."), _OTHER),
    "no_chat_template": (
        N_("This model has no chat template: it was not made for conversations."),
        N_("Look for the version of this model that is called “Instruct” or “Chat”."),
    ),
    "bad_template": (N_("The chat template of this model does something that none needs: {problem}."), _SOURCE),
    "template_slow": (N_("The chat template of this model takes too long over a few short conversations."), _SOURCE),
    "template_large": (N_("The chat template of this model fills the memory, or writes far more than it is given."), _SOURCE),
    "template_fails": (N_("The chat template of this model can write no conversation at all."), _OTHER),
    # this machine
    "does_not_fit": (
        N_("This needs about {needed_gb} GB of memory and this machine has {free_gb} GB free."),
        N_("Close other programs, or choose a smaller model."),
    ),
    "does_not_fit_card": (
        N_("This needs about {needed_gb} GB of memory and the graphics card has {free_gb} GB free."),
        N_("Close other programs that use it, or choose a smaller model."),
    ),
    "not_measured": (N_("How long a training takes could not be measured."), N_("Start it all the same: it says how far it is.")),
}


class Refused(TunesmithError):
    """A base model is refused; `code` tells which sentence of this file it is."""

    def __init__(self, code: str, *, details: str = "", **params: Any) -> None:
        message, hint = SENTENCES[code]
        super().__init__(message, hint, details=details, **params)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (self.code, self.details, self.params))

    def record(self) -> dict[str, Any]:
        """As it travels: in words, and the code, sentences and parameters for whoever says it in another language."""
        words = {"message": str(self), "hint": self.hint.format(**self.params)}
        return {"code": self.code, **words, "sentence": self.message, "remedy": self.hint, "params": dict(self.params)}


def _again(code: str, details: str, params: dict[str, Any]) -> Refused:
    return Refused(code, details=details, **params)


def gigabytes(number: int) -> str:
    """Bytes as a reader takes them in: one decimal, two below a tenth."""
    value = number / 1e9
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
