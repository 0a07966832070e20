"""Files that a GPU made decode on a CPU to the tokens that the GPU had, and the other way round."""

import io

import numpy as np
import pytest
from smooth import smooth_photo

from rfsq.codec.bitstream import read_header
from rfsq.codec.codec import compress, decompress, read_tokens
from rfsq.codec.fuzz import CONFIGS, small_codec

pytestmark = pytest.mark.cuda


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_a_file_holds_the_same_tokens_wherever_it_is_read(config) -> None:
    here, there = small_codec(config), small_codec(config)
    there.model.cuda()
    photo = smooth_photo(45, 61, 3)
    for writer, reader in ((there, here), (here, there)):
        made = compress(writer, photo)
        file = io.BytesIO(made.data)
        tokens = read_tokens(file, read_header(file), reader)
        assert np.array_equal(tokens.indices, made.tokens.indices)
        own = decompress(made.data, find=lambda header, writer=writer: writer).pixels
        other = decompress(made.data, find=lambda header, reader=reader: reader).pixels
        assert np.abs(own.astype(int) - other).max() <= 2  # convolutions differ in the last bits
