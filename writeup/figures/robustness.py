"""1.2.3 and 1.2.4: the attack radius that brings the output to 0, against weight decay, under FGM and under FGSM."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from writeup.figures import forms, frame

X, T, ATTACKED = np.array([1.0, 2.0]), np.array([2.0, 3.0]), 1.0
LAM = np.linspace(0, 3, 100)
EXAMPLE = (
    f"training data $x_i$ = {X[0]:g}, {X[1]:g} and $t_i$ = {T[0]:g}, {T[1]:g}; attacked at $x$ = {ATTACKED:g}\n"
    r"Both attacks must move the input by $|x|$: FGM moves it by $\epsilon w$,"
    "\nand weight decay makes $w$ small"
)


def draw(figure: Figure) -> None:
    """Draw it."""
    axes = frame.axes(
        figure,
        finding="Weight decay makes FGM need a larger ε;\nfor FGSM it changes nothing",
        x=r"weight decay $\lambda$",
        y=r"$\epsilon$ at which the output is 0",
    )
    fgm = forms.epsilon_fgm(ATTACKED, X, T, LAM)
    fgsm = np.broadcast_to(forms.epsilon_fgsm(ATTACKED), LAM.shape)
    axes.plot(LAM, fgm, color=frame.VERMILION, gid="FGM")
    axes.plot(LAM, fgsm, color=frame.BLUE, linestyle="dashed", gid="FGSM")
    axes.set(xlim=(0, LAM[-1]), ylim=(0, None))
    says = r"FGM: $\epsilon = x\,\left(\sum x_i^2 + 2 n \lambda\right)\,/\,\sum x_i t_i$"
    frame.label(axes, says, (LAM[60], fgm[60]), by=(-8, 4), color=frame.VERMILION, ha="right", va="bottom")
    says = r"FGSM: $\epsilon = |x|$, whatever $\lambda$"
    frame.label(axes, says, (LAM[-1], fgsm[-1]), by=(-4, -9), color=frame.BLUE, ha="right")
    frame.label(axes, EXAMPLE, (LAM[-1], 0), by=(-4, 8), color=frame.GREY, ha="right", va="bottom")
