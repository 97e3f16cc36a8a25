"""The noisy quadratic model is held to the golden table, to a simulation of itself, and to what the handout says of it."""

from time import process_time

import numpy as np
import pytest

from spec import noisy_quadratic as nqm
from spec.noisy_quadratic import Modes, expected_loss, modes, steps_at, steps_to_target

# Batch size: steps to a loss of 0.01, best rate. Computed independently of this module.
GOLDEN = {
    1: (6_024_936, 0.00340),
    64: (95_943, 0.212),
    256: (25_778, 0.774),
    1024: (10_354, 1.63),
    4096: (7_832, 1.86),
    65536: (6_887, 1.97),
}
STEPS_OFF, RATE_OFF, TABLE_TIME_S = 1e-3, 1e-2, 5.0
STANDARD_ERRORS = 4.0
FEW = Modes(h=np.array([1.0, 0.3, 0.05]), c=np.array([0.5, 1.0, 0.2]), loss0=np.array([0.5, 0.15, 0.025]))
NEARBY = (0.5, 0.9, 0.99, 0.999, 1.001, 1.01, 1.1, 2.0)  # times the best rate
HALF, BARELY = 0.51, 0.98  # of the steps are left when the batch is doubled, at A at most and at B at least


def test_the_golden_table_comes_out_in_time() -> None:
    start = process_time()
    found = {batch: steps_to_target(batch) for batch in GOLDEN}
    assert process_time() - start <= TABLE_TIME_S
    for batch, (steps, rate) in GOLDEN.items():
        assert abs(found[batch].steps / steps - 1) <= STEPS_OFF, batch
        assert abs(found[batch].rate / rate - 1) <= RATE_OFF, batch


@pytest.mark.parametrize("batch", [1, 16])
def test_the_expected_loss_is_what_simulation_gives(batch: int) -> None:
    rng = np.random.default_rng(413)
    rate, runs = 0.7, 20_000
    theta = np.ones((runs, 3))
    for t in range(1, 31):
        noise = rng.standard_normal((runs, 3)) * np.sqrt(FEW.c / batch)
        theta -= rate * (FEW.h * theta + noise)
        losses = FEW.h * theta**2 / 2
        error = losses.std(axis=0) / np.sqrt(runs)
        if t in (1, 2, 5, 30):
            expected = expected_loss(FEW.h, FEW.c, rate, batch, FEW.loss0, t)
            assert (np.abs(losses.mean(axis=0) - expected) <= STANDARD_ERRORS * error).all(), t


def first_step(rate: float, batch: float, model: Modes, *, target: float) -> float:
    """The first whole step after which the loss is at most the target, by trying 3000."""
    t = np.arange(3000)[:, None]
    met = expected_loss(model.h, model.c, rate, batch, model.loss0, t).sum(axis=1) <= target
    return float(np.argmax(met)) if met.any() else np.inf


@pytest.mark.parametrize("preconditioner", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", [0.5, 30, np.inf])
def test_steps_are_the_first_at_which_the_loss_is_the_target(preconditioner: float, batch: float) -> None:
    model = modes(20, preconditioner=preconditioner)
    for rate in np.geomspace(0.003, 1.9, 12):
        steps = steps_at(rate, batch, of=model, target=0.3)
        assert first_step(rate, batch, model, target=0.3) == np.ceil(steps), rate


@pytest.mark.parametrize("noise", [1.0, 10.0, 50.0, 300.0, 1e4])
def test_a_loss_that_falls_and_rises_again_meets_its_target_on_the_way_down(noise: float) -> None:
    model = Modes(h=np.array([1.0, 0.01]), c=np.array([0.0, noise]), loss0=np.array([1.0, 0.001]))
    steps = [steps_at(rate, 1, of=model, target=0.3) for rate in (0.01, 0.03, 0.1, 0.3)]
    assert [first_step(rate, 1, model, target=0.3) for rate in (0.01, 0.03, 0.1, 0.3)] == list(np.ceil(steps))


@pytest.mark.parametrize("preconditioner", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("batch", [1, 900, 65536, np.inf])
def test_no_rate_takes_fewer_steps_than_the_tuned_one(batch: float, preconditioner: float) -> None:
    model = modes(1000, preconditioner=preconditioner)
    best = steps_to_target(batch, of=model)
    assert 0 < best.steps < np.inf
    anywhere = np.geomspace(1e-4, 2.0, 60)
    for rate in [best.rate * part for part in NEARBY] + list(anywhere):
        assert steps_at(rate, batch, of=model) >= best.steps * (1 - nqm.PRECISION), rate


def test_steps_scale_perfectly_at_small_batches_and_saturate_at_large_ones() -> None:
    assert 0.5 <= steps_to_target(2).steps / steps_to_target(1).steps <= HALF
    floor = nqm.limits().min_steps
    huge = [steps_to_target(2.0**k).steps for k in (24, 28, 32)]
    assert huge == sorted(huge, reverse=True)
    assert floor <= huge[-1] <= floor * (1 + STEPS_OFF)


def test_the_rate_grows_with_the_batch_and_saturates_below_the_curvatures_limit() -> None:
    rates = [steps_to_target(4.0**k).rate for k in range(12)]
    assert rates == sorted(rates)
    assert 3.5 <= rates[1] / rates[0] <= 4
    assert rates[-1] < 2 / modes().h.max()
    assert rates[-1] / rates[-2] <= 1 + RATE_OFF


def test_points_lie_in_their_regimes_and_each_has_its_remedy() -> None:
    points = nqm.points()
    doubled = {name: steps_to_target(2 * at.batch).steps / at.steps for name, at in points.items()}
    assert doubled["A"] <= HALF < doubled["C"] < BARELY <= doubled["B"]
    second_order = {name: steps_to_target(at.batch, preconditioner=0.5).steps / at.steps for name, at in points.items()}
    # At A preconditioning helps too, because these modes are ill conditioned everywhere; at B it alone helps, and most.
    assert 10 * second_order["B"] <= second_order["A"] < 1


def test_the_critical_batch_is_where_the_limits_meet_and_the_fit_finds_it() -> None:
    limits, batches = nqm.limits(), [4.0**k for k in range(10)]
    steps = [steps_to_target(batch).steps for batch in batches]
    assert nqm.points()["C"].batch == limits.critical_batch
    assert all(s >= limits.min_steps and s * b >= limits.min_samples for s, b in zip(steps, batches, strict=True))
    found = nqm.fit(batches, steps)
    assert 0.8 <= found.critical_batch / limits.critical_batch <= 1.25


def test_the_fit_gives_back_a_hyperbola() -> None:
    batches = np.array([1.0, 30.0, 400.0, 9000.0])
    found = nqm.fit(list(batches), list(70 * (1 + 250 / batches)))
    assert abs(found.min_steps / 70 - 1) <= STEPS_OFF
    assert abs(found.critical_batch / 250 - 1) <= STEPS_OFF


def test_a_target_already_met_takes_no_step_and_one_never_met_takes_for_ever() -> None:
    assert steps_at(0.1, 1, of=FEW, target=1.0) == 0.0
    assert steps_at(2.0, 1, of=FEW) == np.inf
    assert steps_at(1.0, 1, of=FEW, target=1e-3) == np.inf
    assert steps_at(1.0, np.inf, of=Modes(np.ones(1), np.ones(1), np.ones(1))) <= 1.0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got batch 0 and target 0\.01, expected positive"):
        steps_to_target(0)
    with pytest.raises(ValueError, match="expected at least 1 and 0 to 1"):
        modes(3, preconditioner=2.0)
    with pytest.raises(ValueError, match="expected one of them"):
        steps_to_target(1, of=FEW, preconditioner=0.5)
    with pytest.raises(ValueError, match="got 2 batches and 2 steps"):
        nqm.fit([1, 2], [2, 1])
