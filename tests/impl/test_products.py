"""Products by oneDNN come to what products by MKL come to, whatever the processor would choose."""

import pytest
import torch

from impl import products
from spec.error import DIFFERENCE

SIZES = [(1280, 128, 384), (1280, 128, 30), (700, 96, 96), (1300, 64, 192), (7, 16, 48), (1, 512, 2048)]


@pytest.fixture(params=[True, False], ids=["onednn", "mkl"])
def _choice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "prefers_onednn", lambda: request.param)


def near(actual: torch.Tensor, exact: torch.Tensor) -> bool:
    return bool((actual - exact).abs().max() <= 10 * DIFFERENCE * exact.abs().max())


@pytest.mark.usefixtures("_choice")
@pytest.mark.parametrize(("rows", "inputs", "outputs"), SIZES)
@torch.inference_mode()
def test_products_are_what_they_are_in_float64(rows: int, inputs: int, outputs: int) -> None:
    draw = torch.Generator().manual_seed(rows + inputs)
    x, d, to = (torch.randn(rows, n, generator=draw) for n in (inputs, outputs, inputs))
    weight, bias = torch.randn(outputs, inputs, generator=draw), torch.randn(outputs, generator=draw)
    exact = [one.double() for one in (x, d, to, weight, bias)]
    ex, ed, eto, ew, eb = exact
    assert near(products.affine(x, weight, bias), ex @ ew.mT + eb)
    assert near(products.product(d, weight), ed @ ew)
    assert near(products.added(to.clone(), d, weight), eto + ed @ ew)
    written = torch.empty(outputs, inputs)
    products.of_columns(d, x, written)
    assert near(written, ed.mT @ ex)


def test_float64_and_small_products_stay_with_mkl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "prefers_onednn", lambda: True)
    large = torch.zeros(2000, 100)
    assert products._suits(large, torch.zeros(100, 100), products.LEAST)
    assert not products._suits(large.double(), torch.zeros(100, 100), products.LEAST)
    assert not products._suits(large[:10], torch.zeros(100, 100), products.LEAST)


@pytest.mark.parametrize(
    ("text", "expected"), [("vendor_id : GenuineIntel", False), ("vendor_id : AuthenticAMD", True)]
)
def test_the_processor_is_told_by_its_maker(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, text: str, expected: bool
) -> None:
    path = tmp_path_factory.mktemp("proc") / "cpuinfo"
    path.write_text(text)
    monkeypatch.setattr(products, "CPUINFO", path)
    assert products._is_amd() is expected
    monkeypatch.setattr(products, "CPUINFO", path.with_name("nowhere"))
    assert not products._is_amd()
