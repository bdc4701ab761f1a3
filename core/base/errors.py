"""Every error that a user can meet, as one tree; core raises them, the pages show them.

TunesmithError
 ├ InputError            the user's file or choice cannot be used
 │  ├ UnreadableFile     not text, not a table, not JSON: nothing could be read
 │  ├ EmptyFile          there is nothing in it
 │  ├ TooLarge           over a limit (bytes, rows, length of a cell)
 │  ├ BadMapping         the chosen columns cannot make training examples
 │  ├ TooFewExamples     fewer examples than a job may have
 │  └ BadSetting         a value outside its range
 ├ WorkspaceError        what is stored on this machine
 │  ├ NotInWorkspace     no such project, data set, file or job
 │  └ WorkspaceBusy      another process holds it for too long
 ├ EngineError           the local engine could not be started or found
 ├ BadDataFile           a file of Tunesmith's own (prices, dates, vocabularies) is damaged or was edited wrongly
 └ ServerProblem         a connection's server, with its own words in `details`
    ├ Unreachable        no answer at all; nothing was done, or it is not known (AnswerLost)
    │  └ AnswerLost      the request left, the answer never came: it may have been carried out
    ├ NeedsKey           no key has been given for this host
    ├ BadKey             401: the key is not accepted
    ├ AccessDenied       403
    │  ├ TrainingNotAvailable   403 training_not_available: this organisation may not train any more
    │  └ MissingScopes  403, or 401 at OpenAI: the key is good and lacks a permission that the server names
    ├ NotOnServer        404
    ├ RequestRefused     400, 409, 422: the server says what is wrong with the request
    ├ ModelRefused       a small open model cannot be fetched, imported or used here
    ├ RateLimited        429: too many requests
    │  └ NoCredit        429 insufficient_quota
    └ ServerFault        5xx, or an answer that makes no sense

A message and a hint are English sentences that also serve as keys of the catalogues: {names} in them are filled from `params`.
"""

from typing import Any


def N_(sentence: str) -> str:
    """Mark a sentence for the message catalogues without translating it here."""
    return sentence


class TunesmithError(Exception):
    """Something went wrong, told in words: what happened, what to do, and details for whoever wants them."""

    message = N_("Something went wrong.")
    hint = N_("Try again. If it happens again, the technical details below help to find the cause.")

    def __init__(self, message: str | None = None, hint: str | None = None, *, details: str = "", **params: Any) -> None:
        if message is not None:
            self.message = message
        if hint is not None:
            self.hint = hint
        self.details = details
        self.params = params
        super().__init__(str(self))

    def __str__(self) -> str:
        try:
            return self.message.format(**self.params)
        except (KeyError, IndexError, ValueError):
            return self.message  # a record of another version may lack a parameter; its sentence still says more than a KeyError

    def __reduce__(self) -> tuple[Any, ...]:
        # raised in a worker process, shown in the app: the default reduce would drop the keyword arguments
        return (_rebuild, (type(self), self.message, self.hint, self.details, self.params))


def _rebuild(cls: type[TunesmithError], message: str, hint: str, details: str, params: dict[str, Any]) -> TunesmithError:
    return cls(message, hint, details=details, **params)


class InputError(TunesmithError):
    """The user's file or choice cannot be used."""

    message = N_("This cannot be used as it is.")
    hint = N_("Change it and try again. Nothing was lost.")


class UnreadableFile(InputError):
    """Nothing could be read from the file."""

    message = N_("This file could not be read.")
    hint = N_("Save it as CSV (UTF-8) and choose it again.")


class EmptyFile(InputError):
    """The file holds nothing."""

    message = N_("This file is empty.")
    hint = N_("Choose a file whose first row holds the column names, with at least ten rows below it.")


class TooLarge(InputError):
    """A limit was passed."""

    message = N_("This file is larger than this page takes.")
    hint = N_("Split it, or remove the columns that are not needed.")


class BadMapping(InputError):
    """The chosen columns cannot make training examples."""

    message = N_("These columns cannot make training examples.")
    hint = N_("Choose at least one question column and one answer column.")


class TooFewExamples(InputError):
    """Fewer examples than a fine-tuning job may have."""

    message = N_("There are {n} examples, and a training needs at least {minimum}.")
    hint = N_("Add more rows. Copies do not count.")


class BadSetting(InputError):
    """A value is outside its range."""

    message = N_("One of the settings is outside its range.")
    hint = N_("Choose a value inside the range.")


class WorkspaceError(TunesmithError):
    """Something about what is stored on this machine."""

    message = N_("Tunesmith could not use what it has stored on this machine.")


class NotInWorkspace(WorkspaceError):
    """No such project, data set, file or job."""

    message = N_("This project is not on this machine.")
    hint = N_("It may have been deleted, or the link came from another machine. Choose a project in the sidebar or start a new one.")


class WorkspaceBusy(WorkspaceError):
    """Another process held the workspace for too long."""

    message = N_("Tunesmith is still saving something else.")
    hint = N_("Another window may be at work. Wait a moment and try again.")


class EngineError(TunesmithError):
    """The local engine could not be started or found."""

    message = N_("The training program on this machine did not start.")
    hint = N_("Try again. If it keeps failing, restart Tunesmith; nothing that you saved is lost.")


class BadDataFile(TunesmithError):
    """A file of Tunesmith's own (prices, dates, vocabularies) is damaged, or was edited wrongly."""

    message = N_("Tunesmith's own file {file} cannot be used: {problem}.")
    hint = N_("If you changed it, undo the change. Otherwise install Tunesmith again; nothing that you saved is lost.")


class ServerProblem(TunesmithError):
    """A connection's server refused, failed or did not answer; its own words are in `details`."""

    message = N_("{host} did not do what was asked.")
    hint = N_("The server's own words are below.")

    @property
    def code(self) -> str:
        """The server's machine-readable code, or an empty string."""
        return str(self.params.get("code", ""))


class Unreachable(ServerProblem):
    """No answer at all."""

    message = N_("{host} cannot be reached.")
    hint = N_("Check the address and the network, then try again. Nothing was sent.")


class AnswerLost(Unreachable):
    """The request left and the answer never came: it may have been carried out."""

    message = N_("{host} did not answer in time, and may still have done what was asked.")
    hint = N_("Do not start again yet: first look whether it was done.")


class NeedsKey(ServerProblem):
    """No key has been given for this host."""

    message = N_("{host} needs an API key.")
    hint = N_("Type the key in the sidebar. It stays in this browser session and is never stored.")


class BadKey(ServerProblem):
    """401: the key is not accepted."""

    message = N_("{host} does not accept this API key.")
    hint = N_("Check that the whole key was pasted and that it has not been revoked.")


class AccessDenied(ServerProblem):
    """403: the key is good but may not do this."""

    message = N_("{host} does not allow this for your key.")
    hint = N_("Ask the owner of the account for the permission, or choose another connection.")


class TrainingNotAvailable(AccessDenied):
    """403 training_not_available: this organisation may not train any more."""

    message = N_("{host} no longer lets this account train models.")
    hint = N_(
        "OpenAI is closing self-serve fine-tuning. The same data can be trained on this machine: choose “This machine” in the sidebar."
    )


class MissingScopes(AccessDenied):
    """The key is accepted and lacks a permission; `missing` holds the server's names for what it lacks, with commas between them."""

    message = N_("{host} accepts this API key, but the key lacks a permission: {missing}.")
    hint = N_(
        "Allow it in the settings of the key at the provider, or ask the owner of the account. A key with all permissions is sometimes "
        "refused for a moment: then try again."
    )

    @property
    def scopes(self) -> tuple[str, ...]:
        """The server's names for the permissions that the key lacks."""
        return tuple(str(self.params.get("missing", "")).split(", "))


class NotOnServer(ServerProblem):
    """404: the server does not know it."""

    message = N_("{host} does not know this file, training or model.")
    hint = N_("It may have been deleted there. A model that was just trained can take a few minutes to appear.")


class RequestRefused(ServerProblem):
    """400, 409 or 422: the server says what is wrong with the request."""

    message = N_("{host} refused the request.")


class ModelRefused(ServerProblem):
    """A small open model cannot be fetched, imported or used here, with the engine's own sentences."""

    message = N_("This model cannot be used here.")
    hint = N_("Choose another model.")


class RateLimited(ServerProblem):
    """429: too many requests."""

    message = N_("{host} asks to go slower.")
    hint = N_("Wait a little and try again.")


class NoCredit(RateLimited):
    """429 insufficient_quota: the account has no credit left."""

    message = N_("The account at {host} has no credit left.")
    hint = N_("Add credit there, then try again.")


class ServerFault(ServerProblem):
    """5xx, or an answer that makes no sense."""

    message = N_("{host} had a fault of its own.")
    hint = N_("Wait a minute and try again.")
