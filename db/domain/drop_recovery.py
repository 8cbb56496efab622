"""When a yield that had dropped was back."""

import numpy as np
import numpy.typing as npt

SURE = 5.0
"""Log likelihood ratio at which the old fail ratio is believed again: e⁵, about 150 to 1."""
SMALLEST, LARGEST = 1e-4, 0.95


def recovered_index(
    failed: npt.NDArray[np.bool_], expected: npt.NDArray[np.float64], raised_ratio: float
) -> int | None:
    """Where evidence for the baseline against a raised fail ratio suffices; None: it does not.

    `failed` and `expected` (the baseline's fail probability) are of the units after the alarm, in
    order; `raised_ratio` is the fail ratio from the drop to its alarm. The baseline is held against
    the geometric mean of the two, for few passes in a row are common while a bad lot is used beside
    good ones. The same chart as the detector's, turned round (Page 1954).

    >>> recovered_index(np.zeros(200, dtype=bool), np.full(200, 0.02), 0.2)
    110
    >>> recovered_index(np.ones(60, dtype=bool), np.full(60, 0.02), 0.2) is None
    True
    """
    base = np.clip(expected, SMALLEST, LARGEST)
    middle = np.sqrt(base * min(max(raised_ratio, SMALLEST), LARGEST))
    raised = np.minimum(np.maximum(middle, 2 * base), LARGEST)
    steps = np.where(failed, np.log(base / raised), np.log((1 - base) / (1 - raised)))
    total = np.cumsum(steps)
    chart = total - np.minimum(np.minimum.accumulate(total), 0.0)
    sure = np.flatnonzero(chart >= SURE)
    return int(sure[0]) if sure.size else None
