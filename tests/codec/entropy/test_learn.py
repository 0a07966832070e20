"""What tables learn from indices."""

import numpy as np

from rfsq.codec.entropy.learn import code_order


def test_the_order_of_codes_puts_like_codes_together() -> None:
    codebook = np.random.default_rng(0).normal(size=(256, 4)) * [8, 4, 2, 1]
    ranks = code_order(codebook)
    assert sorted(ranks) == list(range(256))
    assert np.corrcoef(ranks, codebook[:, 0])[0, 1] ** 2 > 0.8
