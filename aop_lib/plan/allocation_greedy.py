"""A first choice without a solver: what gives most for the limits it uses up; and any choice topped up until nothing more fits."""

from __future__ import annotations

import numpy as np

from aop_lib.plan.allocation_problem import UNLIMITED, Flags, Numbers, Problem, Whole, usage

PASSES = 3
BLOCK = 1_000


def value_per_scarcity(problem: Problem) -> Numbers:
    """Returns the value of each option per share of the scarce limits that it uses up.

    Defined as::

        asked_r   = what all requests together would use of row r, each in its largest option
        scarcity  = Σ over rows that are over-asked of (weight_r / upper_r) * (asked_r / upper_r)
        result    = value / scarcity               value * 1e12 where nothing scarce is used
    """
    rows = problem.rows
    weight, row = np.maximum(rows.weight, 0).astype(float), rows.row
    pairs, place = np.unique(row * (len(problem.options) + 1) + problem.request_of[rows.column], return_inverse=True)
    largest = np.zeros(len(pairs))
    np.maximum.at(largest, place, weight)
    asked = np.bincount(pairs // (len(problem.options) + 1), largest, rows.count)
    upper = np.where(rows.upper < UNLIMITED, np.maximum(rows.upper, 1), np.inf)
    pressure = np.where(asked > upper, asked / upper / upper, 0.0)
    scarcity = np.bincount(rows.column, weight * pressure[row], len(problem.options))
    density: Numbers = problem.value / np.maximum(scarcity, 1e-12)
    return density


class Choice:
    """A choice under way: what is chosen, which option each request has, and how much of each row that uses."""

    def __init__(self, problem: Problem, chosen: Flags) -> None:
        rows = problem.rows
        order = np.argsort(rows.column, kind="stable")
        self.start = np.searchsorted(rows.column[order], np.arange(len(problem.options) + 1))
        self.row, self.weight = rows.row[order], rows.weight[order]
        self.keys = rows.column[order] * (rows.count + 1) + self.row
        self.problem, self.chosen, self.used = problem, chosen.copy(), usage(rows, chosen)
        self.taken = np.full(int(problem.request_of.max(initial=-1)) + 1, -1)
        self.taken[problem.request_of[chosen]] = np.flatnonzero(chosen)

    def change(self, option: int) -> tuple[Whole, Whole]:
        """Returns the rows that change, and by how much, when the option takes its request's place."""
        own = slice(self.start[option], self.start[option + 1])
        before = self.taken[self.problem.request_of[option]]
        if before < 0:
            return self.row[own], self.weight[own]
        other = slice(self.start[before], self.start[before + 1])
        rows, place = np.unique(np.concatenate([self.row[own], self.row[other]]), return_inverse=True)
        by = np.zeros(len(rows), np.int64)
        np.add.at(by, place, np.concatenate([self.weight[own], -self.weight[other]]))
        return rows, by

    def held(self, options: Whole, rows: Whole) -> Whole:
        """Returns the weight of each option in each row; 0 for option -1."""
        keys = np.where(options >= 0, options, 0) * (self.problem.rows.count + 1) + rows
        places = np.minimum(np.searchsorted(self.keys, keys), max(len(self.keys) - 1, 0))
        weights: Whole = np.where((options >= 0) & (self.keys[places] == keys), self.weight[places], 0) if len(self.keys) else np.zeros(len(keys), np.int64)
        return weights

    def take(self, option: int) -> bool:
        """Takes an option if no limit becomes broken, or more broken, by it; returns whether."""
        rows, by = self.change(option)
        now = self.used[rows]
        then = now + by
        limits = self.problem.rows
        if np.any(((then > limits.upper[rows]) & (by > 0)) | ((then < limits.lower[rows]) & (by < 0))):
            return False
        request = self.problem.request_of[option]
        if self.taken[request] >= 0:
            self.chosen[self.taken[request]] = False
        self.used[rows] = then
        self.taken[request], self.chosen[option] = option, True
        return True


def greedy_choice(problem: Problem) -> Flags:
    """Returns a choice made in the order of value per scarcity; floors and musts first. It may break a limit: hold it against `is_kept`."""
    choice = Choice(problem, np.zeros(len(problem.options), bool))
    order = np.argsort(-value_per_scarcity(problem), kind="stable")
    _lift_floors(choice, order)
    _fill(choice, order)
    return choice.chosen


def topped_up(problem: Problem, chosen: Flags) -> Flags:
    """Returns a choice with every option added, or put in the place of a lesser one of its request, that gains value and fits."""
    choice = Choice(problem, chosen)
    _fill(choice, np.argsort(-value_per_scarcity(problem), kind="stable"))
    return choice.chosen


def _lift_floors(choice: Choice, order: Whole) -> None:
    lower = choice.problem.rows.lower
    owner = np.repeat(np.arange(len(choice.chosen)), np.diff(choice.start))
    for _ in range(PASSES):
        short = choice.used < lower
        helps = np.bincount(owner[short[choice.row] & (choice.weight > 0)], minlength=len(choice.chosen)) > 0
        for option in order[helps[order]].tolist():
            own = slice(choice.start[option], choice.start[option + 1])
            rows = choice.row[own]
            still = np.any((choice.used[rows] < lower[rows]) & (choice.weight[own] > 0))
            if still and choice.taken[choice.problem.request_of[option]] < 0:
                choice.take(option)


def _fill(choice: Choice, order: Whole) -> None:
    values, request_of = choice.problem.value, choice.problem.request_of
    moved = True
    while moved:
        moved = False
        for first in range(0, len(order), BLOCK):
            for option in _fitting(choice, order[first : first + BLOCK]).tolist():
                before = choice.taken[request_of[option]]
                if before != option and values[option] > (values[before] if before >= 0 else 0.0):
                    moved |= choice.take(option)


def _fitting(choice: Choice, options: Whole) -> Whole:
    """Returns those of the options that may fit and gain value now; every one that does is among them."""
    values, request_of = choice.problem.value, choice.problem.request_of
    before = choice.taken[request_of[options]]
    gains = values[options] > np.where(before >= 0, values[before], 0.0)
    worth = options[gains & (before != options)]
    sizes = choice.start[worth + 1] - choice.start[worth]
    entries = np.repeat(choice.start[worth] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(sizes.sum())
    member, row = np.repeat(np.arange(len(worth)), sizes), choice.row[entries]
    by = choice.weight[entries] - choice.held(np.repeat(choice.taken[request_of[worth]], sizes), row)
    then, limits = choice.used[row] + by, choice.problem.rows
    refused = ((then > limits.upper[row]) & (by > 0)) | ((then < limits.lower[row]) & (by < 0))
    fits: Whole = worth[np.bincount(member[refused], minlength=len(worth)) == 0]
    return fits
