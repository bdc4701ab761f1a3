"""What learns for the learning curve: the free classifier that a trained model must beat, asked as it is there."""

from collections.abc import Sequence

from core.base.answers import AnswerShape, answer_kind
from core.base.choice import choose
from core.base.families import Family, taught
from core.base.scope import Scope
from core.base.types import Example
from core.estimate.gain import FEWEST
from core.estimate.learning_curve import Learn, Predict


def asked(examples: Sequence[Example]) -> tuple[list[str], list[str], AnswerShape]:
    """The questions, with whatever else tells the examples apart, the answers and their shape; examples without an answer are left out."""
    given = [example for example in examples if example.answer.strip()]
    scope, answers = Scope.of(given), [example.answer for example in given]
    return [scope.whole(example.prompt) for example in given], answers, answer_kind(answers)


def best_free(questions: Sequence[str], answers: Sequence[str], shape: AnswerShape) -> Learn:
    """The family of classifiers that suits all the rows, for every size: a change of family within a curve would look like learning."""
    return of_family("bayes" if len(questions) < FEWEST else choose(questions, answers, shape).family)


def of_family(family: Family) -> Learn:
    """A learner of this family; it leaves nothing to chance, so the seed changes nothing."""

    def learn(questions: Sequence[str], answers: Sequence[str], shape: AnswerShape, seed: int) -> Predict:
        model = taught(family, questions, answers, shape)
        return lambda some: [text for text, _ in model.predict(some)]

    return learn
