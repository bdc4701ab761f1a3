"""Votes on pairs of answers: one for each row and rater, so that two tabs or two raters never overwrite each other."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from core.io.workspace import tables
from core.io.workspace.records import VoteRecord
from core.io.workspace.store import Store, every


class Votes(Store):
    """The votes of a workspace; `pair` names what is compared with what over which rows."""

    def votes(self, project_id: str, pair: str) -> list[VoteRecord]:
        """Every vote on this pair, by row and rater."""
        vote = tables.votes.c
        query = select(tables.votes).where(vote.project_id == project_id, vote.pair == pair).order_by(vote.row, vote.rater)
        with self._db.read() as connection:
            return every(connection, VoteRecord, query)

    def keep_votes(self, project_id: str, pair: str, votes: Iterable[tuple[int, str, str, str]], now: datetime) -> None:
        """Keep votes (row, rater, choice, reason), each in the place of the same rater's earlier one on the row."""
        lines = [
            {"project_id": project_id, "pair": pair, "row": row, "rater": rater, "choice": choice, "reason": reason, "voted_at": now}
            for row, rater, choice, reason in votes
        ]
        if not lines:
            return
        statement = insert(tables.votes)
        changed = {name: statement.excluded[name] for name in ("choice", "reason", "voted_at")}
        keys = ["project_id", "pair", "row", "rater"]
        with self._db.write(durable=True) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), lines)

    def drop_vote(self, project_id: str, pair: str, row: int, rater: str) -> None:
        """Take one vote back."""
        vote = tables.votes.c
        mine = delete(tables.votes).where(vote.project_id == project_id, vote.pair == pair, vote.row == row, vote.rater == rater)
        with self._db.write(durable=True) as connection:
            connection.execute(mine)
