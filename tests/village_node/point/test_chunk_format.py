"""The chunk documents of `sync.blobs` are exactly those that the ingress of this product accepts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.formats.documents import check_chunk, make_chunk
from sync import blobs


@given(st.binary(min_size=1, max_size=500))
def test_both_sides_make_the_same_chunk(data):
    made = blobs.chunk_document(data)
    assert made == make_chunk(data)
    assert check_chunk(made) == blobs.chunk_bytes(made) == data
