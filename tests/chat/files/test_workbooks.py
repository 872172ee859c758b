"""Workbooks: what stands in their cells, as text."""

from typing import Any

import pytest

from chat.files import UnreadableFileError
from chat.files.worker import contents_of
from tests.chat.files.test_kinds import text_of, zipped

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(cells: str, *sheets: str, kind: str = "worksheet") -> bytes:
    """Return a workbook with these cells on its first sheet; `sheets` are the entries of further ones."""
    listed = ['<sheet name="Sheet" sheetId="1" r:id="r1"/>', *sheets]
    related = [f'<Relationship Id="r1" Target="worksheets/sheet1.xml" Type="{OFFICE}/worksheet"/>']
    entries = {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    }
    for number in range(2, len(listed) + 1):
        path = f"{kind}s/sheet{number}.xml"
        related.append(f'<Relationship Id="r{number}" Target="{path}" Type="{OFFICE}/{kind}"/>')
        entries[f"xl/{path}"] = f'<{kind} xmlns="{MAIN}"><sheetData/></{kind}>'
    entries |= {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override '
        f'PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Target="xl/workbook.xml" Type="{OFFICE}/officeDocument"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(listed)}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(related)}'
        "</Relationships>",
    }
    return zipped(entries)


def row(*values: Any) -> str:
    return "<row>" + "".join(f"<c><v>{value}</v></c>" for value in values) + "</row>"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("0.30000000000000004", "0.3"),
        ("12.5", "12.5"),
        ("7", "7"),
        ("1234567890123456", "1234567890123456"),
        ("1E+300", "1e+300"),
        ("-0.000001", "-1e-06"),
    ],
)
def test_numbers_have_the_digits_that_a_spreadsheet_shows(stored: str, shown: str) -> None:
    assert text_of(contents_of(workbook(row(stored)), "a.xlsx")) == f"[Sheet]\n{shown}\n"


def test_formulas_come_as_their_values() -> None:
    cells = "<row><c><f>1+1</f><v>2</v></c><c t='str'><f>WEBSERVICE(A1)</f><v>kept</v></c></row>"
    assert text_of(contents_of(workbook(cells), "a.xlsx")) == "[Sheet]\n2,kept\n"


def test_hidden_sheets_are_read_and_said() -> None:
    hidden = '<sheet name="Secret" sheetId="2" state="hidden" r:id="r2"/>'
    contents = contents_of(workbook(row(1), hidden), "a.xlsx")
    assert contents.pages == ("[Sheet]\n1\n", "[Secret]\n")
    assert contents.notes == ("1 sheet in it is hidden.",)


def test_a_sheet_that_is_a_chart_has_no_cells_and_stays_out() -> None:
    chart = '<sheet name="Chart" sheetId="2" r:id="r2"/>'
    assert contents_of(workbook(row(1), chart, kind="chartsheet"), "a.xlsx").pages == ("[Sheet]\n1\n",)


def test_a_workbook_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.files.tables.MOST_CELLS", 3)
    assert contents_of(workbook(row(1, 2, 3)), "a.xlsx").kind == "table"
    with pytest.raises(UnreadableFileError, match="more than 3 cells"):
        contents_of(workbook(row(1, 2, 3, 4)), "a.xlsx")
