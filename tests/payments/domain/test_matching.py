import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from payments.domain.matching import Neighbours, Ours, Outcome, Theirs, compare

ALONE = Neighbours()


def ours(number, *, kind="payment", fen=500, done=True, near=False, reference=""):
    return Ours(kind=kind, number=number, reference=reference, amount_fen=fen, done=done, near_midnight=near)


def theirs(key, number, *, kind="payment", fen=500, done=True, reference=""):
    return Theirs(key=key, kind=kind, number=number, reference=reference, amount_fen=fen, done=done)


def outcomes(mine, lines, neighbours=ALONE):
    return [pair.outcome for pair in compare(ours=mine, theirs=lines, neighbours=neighbours)]


def test_a_line_without_a_payment_of_ours_is_only_theirs():
    assert outcomes([], [theirs(1, "P1")]) == [Outcome.ONLY_BILL]


def test_a_payment_without_a_line_is_only_ours():
    assert outcomes([ours("P1")], []) == [Outcome.ONLY_OURS]


def test_a_payment_that_never_succeeded_needs_no_line():
    assert outcomes([ours("P1", done=False)], []) == []


def test_another_amount_is_a_difference():
    assert outcomes([ours("P1")], [theirs(1, "P1", fen=501)]) == [Outcome.AMOUNT_DIFF]


def test_a_line_that_moved_money_against_an_attempt_that_did_not_is_a_difference_of_state():
    assert outcomes([ours("P1", done=False)], [theirs(1, "P1")]) == [Outcome.STATE_DIFF]


def test_a_refund_still_moving_when_the_statement_was_made_agrees_with_either_end():
    for done in (True, False):
        pairs = outcomes([ours("R1", kind="refund", done=done)], [theirs(1, "R1", kind="refund", done=None)])
        assert pairs == [Outcome.MATCHED]


def test_a_line_told_twice_is_found():
    assert outcomes([ours("P1")], [theirs(1, "P1"), theirs(2, "P1")]) == [Outcome.MATCHED, Outcome.ONLY_BILL]


def test_a_payment_in_the_neighbouring_statement_is_no_difference():
    there = Neighbours(numbers={"payment": frozenset({"P1"})})
    assert outcomes([ours("P1")], [], there) == []


def test_a_payment_near_midnight_waits_for_the_neighbouring_statement():
    assert outcomes([ours("P1", near=True)], [], Neighbours(complete=False)) == [Outcome.NEXT_DAY]
    assert outcomes([ours("P1", near=True)], [], Neighbours(complete=True)) == [Outcome.ONLY_OURS]


def test_the_gateways_number_finds_what_ours_does_not():
    assert outcomes([ours("P1", reference="W1")], [theirs(1, "X", reference="W1")]) == [Outcome.MATCHED]


def test_five_hundred_planted_differences_of_eight_kinds_are_all_found_and_no_other():
    chance = random.Random(6)
    mine, lines = [], []
    for index in range(10_000):
        kind = "refund" if index % 10 == 0 else "payment"
        fen = chance.randrange(1, 9000)
        mine.append(ours(f"N{index}", kind=kind, fen=fen, reference=f"W{index}"))
        lines.append(theirs(index, f"N{index}", kind=kind, fen=fen, reference=f"W{index}"))
    expected = Counter()
    for place, index in enumerate(chance.sample(range(10_000), 500)):
        trick, line = place % 8, lines[index]
        if line is None:
            continue
        key, number = 20_000 + place, f"N{index}"
        if trick == 0:  # the line is missing
            lines[index] = None
            expected[Outcome.ONLY_OURS, number] += 1
        elif trick == 1:  # another amount
            lines[index] = theirs(index, number, kind=line.kind, fen=line.amount_fen + 1, reference=line.reference)
            expected[Outcome.AMOUNT_DIFF, number] += 1
        elif trick == 2:  # told twice
            lines.append(theirs(key, number, kind=line.kind, fen=line.amount_fen, reference=line.reference))
            expected[Outcome.ONLY_BILL, number] += 1
        elif trick == 3:  # a stranger's payment
            lines.append(theirs(key, f"X{place}"))
            expected[Outcome.ONLY_BILL, f"X{place}"] += 1
        elif trick == 4:  # a refund from the console
            lines.append(theirs(key, f"C{place}", kind="refund"))
            expected[Outcome.ONLY_BILL, f"C{place}"] += 1
        elif trick == 5:  # we missed that it succeeded
            mine[index] = ours(number, kind=line.kind, fen=line.amount_fen, done=False, reference=line.reference)
            expected[Outcome.STATE_DIFF, number] += 1
        elif trick == 6:  # they say that it failed
            lines[index] = theirs(
                index, number, kind=line.kind, fen=line.amount_fen, done=False, reference=line.reference
            )
            expected[Outcome.STATE_DIFF, number] += 1
        else:  # we never booked it
            mine[index] = None
            expected[Outcome.ONLY_BILL, number] += 1
    pairs = compare(ours=[one for one in mine if one], theirs=[line for line in lines if line], neighbours=ALONE)
    found = Counter(
        (pair.outcome, (pair.ours or pair.theirs).number) for pair in pairs if pair.outcome != Outcome.MATCHED
    )
    assert found == expected
    assert expected.total() == 500


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 3), st.booleans()), max_size=12), st.randoms())
def test_the_order_of_the_lines_does_not_matter(rows, chance):
    mine = [ours(f"P{number}", fen=fen) for number, fen, _ in {row[0]: row for row in rows}.values()]
    lines = [theirs(key, f"P{number}", fen=fen, done=done) for key, (number, fen, done) in enumerate(rows)]
    unique = {line.number: line for line in lines}
    lines = list(unique.values())
    shuffled = lines[:]
    chance.shuffle(shuffled)
    assert Counter(outcomes(mine, lines)) == Counter(outcomes(mine, shuffled))
