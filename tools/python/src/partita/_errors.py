"""The errors, by exit code of the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

    from partita._generated.reports import ComparisonReport, OptimizationReport


class PartitaError(Exception):
    """A failed run.

    Attributes:
        message: one sentence that names what is wrong.
        hint: what to do about it; None where nothing is known to help.
        exit_code: what the command ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message} {hint}")
        self.message = message
        self.hint = hint

    def without(self, text: str) -> Self:
        """The same error with a text removed from its sentences."""
        self.message = self.message.replace(text, "")
        self.hint = None if self.hint is None else self.hint.replace(text, "")
        self.args = tuple(part.replace(text, "") if isinstance(part, str) else part for part in self.args)
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.hint), self.__dict__


class InternalError(PartitaError):
    """An error in Partita, of the disk or of the machine's memory."""


class UsageError(PartitaError):
    """Options or data that contradict each other."""

    exit_code: ClassVar[int] = 2


class UnsupportedModelError(PartitaError):
    """A model or data that cannot be read or is not supported; the message names the reason."""

    exit_code: ClassVar[int] = 3


class GateFailedError(PartitaError):
    """The accuracy condition does not hold; nothing was written.

    Attributes:
        report: the whole report of the run, with the values that were measured.
    """

    exit_code: ClassVar[int] = 4

    def __init__(
        self, message: str, hint: str | None = None, report: OptimizationReport | ComparisonReport | None = None
    ) -> None:
        super().__init__(message, hint)
        self.report = report


class JavaNotFoundError(PartitaError):
    """Java 17 or later, or the jar, was not found."""


def error_of(exit_code: int, standard_error: str) -> PartitaError:
    """The exception for an exit code and the text printed with it.

    >>> error_of(2, "partita: There is no output.\\n  Give -o OUT.onnx.\\n")
    UsageError('There is no output. Give -o OUT.onnx.')
    >>> error_of(139, "")
    InternalError('Java ended with exit code 139 and printed nothing.')
    """
    sentence: str | None = None
    hint: list[str] = []
    for line in standard_error.splitlines():
        if line.startswith("partita: "):
            sentence, hint = line.removeprefix("partita: "), []
        elif sentence is not None and line.startswith("  "):
            hint.append(line.strip())
    if sentence is None:
        said = standard_error.strip()
        sentence = f"Java ended with exit code {exit_code} and printed " + (f"this: {said}" if said else "nothing.")
    kinds: tuple[type[PartitaError], ...] = (UsageError, UnsupportedModelError, GateFailedError)
    kind = next((kind for kind in kinds if kind.exit_code == exit_code), InternalError)
    return kind(sentence, " ".join(hint) or None)
