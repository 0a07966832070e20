"""The paper beside ours: what it printed, what was measured here, and what is missing."""

from collections.abc import Callable

from rfsq.evidence.paper.tables import paper_table, readings_table
from rfsq.evidence.results import Results

MakeResults = Callable[..., Results]
Usual = dict[str, float | list[float]]


def test_tables_hold_theirs_and_ours(make_results: MakeResults, usual: Usual) -> None:
    results = make_results(usual)
    rows = {row.method: row.cells for row in paper_table(results).rows}
    assert rows["fsq-8x8x8x8"][2:5] == ("0.143", "0.182", "20.3")
    assert rows["fsq-8x8x8x8"][8] == f"{results.full('fsq-8x8x8x8').psnr_db:.1f}"
    missing = sum(cells.count("–") for cells in rows.values())
    assert missing == 2 * 8 + 5, "ST-LPIPS of the eight that were measured, all of the one that was not"
    assert "holds, but not at equal bits" in readings_table(results).text()
