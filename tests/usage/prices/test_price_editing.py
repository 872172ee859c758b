import random
import re
import threading
from datetime import date
from pathlib import Path

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.own_prices import OwnPrice, OwnPrices, load_own_prices
from usage.prices.price_editing import remove_own_price, set_own_price
from usage.prices.price_fields import PricesError

WRITTEN = """\
# what we pay
[models."gpt-6-luna"]  # by contract
input_usd_per_mtok = 0.10   # cheap
output_usd_per_mtok = 0.50
context_window = 9000

# the house model
[models.mine]
endpoint = "LLM.example.com"
input_usd_per_mtok = 1
output_usd_per_mtok = 2
# end
"""
DAY = date(2026, 11, 25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(WRITTEN)
    return path


def own(
    rate: str, day: date | None = None, endpoint: str | None = None, window: int | None = None
) -> OwnPrice:
    return own_price(rate, 2, day=day, endpoint=endpoint, context_window=window)


def test_the_first_price_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    price = own_price(
        "0.000001",
        10_000,
        DAY,
        cached_input_usd_per_mtok=0,
        cache_write_usd_per_mtok="1.5",
        reasoning_usd_per_mtok=3,
        per_request_usd="0.01",
        endpoint="h",
        context_window=8192,
    )
    set_own_price(path, 'a "b"\\c.d', price)
    assert path.read_text() == (
        '[models."a \\"b\\"\\\\c.d"]\nendpoint = "h"\nfrom = 2026-11-25\ninput_usd_per_mtok = 0.000001\n'
        "cached_input_usd_per_mtok = 0\ncache_write_usd_per_mtok = 1.5\noutput_usd_per_mtok = 10000\n"
        "reasoning_usd_per_mtok = 3\nper_request_usd = 0.01\ncontext_window = 8192\n"
    )
    assert load_own_prices(path) == OwnPrices({'a "b"\\c.d': price})


def test_a_price_of_another_model_goes_to_the_end(path: Path) -> None:
    set_own_price(path, "new", own("1"))
    added = "\n[models.new]\ninput_usd_per_mtok = 1\noutput_usd_per_mtok = 2\n"
    assert path.read_text() == WRITTEN + added


def test_a_price_for_the_same_host_and_day_replaces_the_old_one_only(path: Path) -> None:
    set_own_price(path, "gpt-6-luna", own_price("0.25", "0.5", cached_input_usd_per_mtok="0.01"))
    assert path.read_text() == WRITTEN.replace("0.10   # cheap", "0.25   # cheap").replace(
        "context_window = 9000\n", "context_window = 9000\ncached_input_usd_per_mtok = 0.01\n"
    )
    set_own_price(path, "gpt-6-luna", own_price("0.1", "0.5"))
    assert path.read_text() == WRITTEN.replace("0.10   # cheap", "0.1   # cheap")


def test_a_second_price_makes_a_list_of_them(path: Path) -> None:
    set_own_price(path, "gpt-6-luna", own("0.2", DAY))
    set_own_price(path, "gpt-6-luna", own("0.3", DAY, "api.example.com"))
    assert path.read_text() == WRITTEN.replace('[models."gpt-6-luna"]', '[[models."gpt-6-luna"]]').replace(
        "9000\n",
        '9000\n\n[[models."gpt-6-luna"]]\nfrom = 2026-11-25\n'
        "input_usd_per_mtok = 0.2\noutput_usd_per_mtok = 2\n"
        '\n[[models."gpt-6-luna"]]\nendpoint = "api.example.com"\nfrom = 2026-11-25\n'
        "input_usd_per_mtok = 0.3\noutput_usd_per_mtok = 2\n",
    )


def test_what_is_set_and_removed_again_leaves_the_rest_alone(path: Path) -> None:
    set_own_price(path, "gpt-6-luna", own("0.2", DAY))
    remove_own_price(path, "gpt-6-luna", None, DAY)
    assert path.read_text() == WRITTEN.replace('[models."gpt-6-luna"]', '[[models."gpt-6-luna"]]')


def test_a_removed_price_leaves_the_comments_around_it(path: Path) -> None:
    remove_own_price(path, "gpt-6-luna", None, None)
    assert path.read_text() == WRITTEN[: WRITTEN.index("[")] + WRITTEN[WRITTEN.index("# the house") :]
    remove_own_price(path, "mine", "llm.example.com", None)
    assert path.read_text() == "# what we pay\n# the house model\n# end\n"
    assert load_own_prices(path) == OwnPrices()


def test_a_price_that_is_not_there_cannot_be_removed(path: Path) -> None:
    with pytest.raises(PricesError, match="no longer has this price for mine"):
        remove_own_price(path, "mine", None, None)
    assert path.read_text() == WRITTEN


@pytest.mark.parametrize("content", ["[models", '[models.x]\ninput_usd_per_mtok = "abc"\n', "models = 1\n"])
def test_a_wrong_file_is_left_alone_and_the_problem_named(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(PricesError) as wrong:
        load_own_prices(path)
    with pytest.raises(PricesError) as refused:
        set_own_price(path, "new", own("1"))
    assert str(refused.value) == str(wrong.value)
    assert path.read_text() == content


@pytest.mark.parametrize(
    "content",
    [
        "[models]\nx = {input_usd_per_mtok = 1, output_usd_per_mtok = 2}\n",
        "models = {x = {input_usd_per_mtok = 1, output_usd_per_mtok = 2}}\n",
        "models.x.input_usd_per_mtok = 1\nmodels.x.output_usd_per_mtok = 2\n",
        "[models]\nx.input_usd_per_mtok = 1\nx.output_usd_per_mtok = 2\n",
    ],
)
def test_a_form_that_cannot_be_kept_is_refused(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(PricesError, match="change it in an editor"):
        set_own_price(path, "x", own("3", DAY))
    assert path.read_text() == content


def test_marks_of_windows_editors_stay_and_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    path.write_bytes(WRITTEN.replace("\n", "\r\n").encode())
    path.chmod(0o644)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_own_price(link, "mine", own("3", None, "llm.example.com"))
    assert link.is_symlink()
    assert path.read_bytes().decode() == WRITTEN.replace("mtok = 1\n", "mtok = 3\n").replace("\n", "\r\n")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "prices.toml"
    with pytest.raises(PricesError, match=f"^{re.escape(str(path))} cannot be changed: "):
        set_own_price(path, "x", own("1"))


def test_changes_at_the_same_time_are_all_kept(path: Path) -> None:
    threads = [threading.Thread(target=set_own_price, args=(path, f"m{i}", own("1"))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {*load_own_prices(path).by_model} == {"gpt-6-luna", "mine", *(f"m{i}" for i in range(8))}
    assert [each.name for each in path.parent.iterdir() if each.suffix not in (".toml", ".lock")] == []


def test_whatever_is_changed_in_whatever_order_the_file_says_it_and_keeps_its_comments(path: Path) -> None:
    choice = random.Random(11).choice  # noqa: S311 - no secret
    expected = {*load_own_prices(path)}
    comments = re.findall("# .*", WRITTEN)
    for _ in range(60):
        model = choice(["gpt-6-luna", "mine", "a.b"])
        rate, day, host = choice("123"), choice([None, DAY, date(2027, 1, 1)]), choice([None, "h"])
        price = own(rate, day, host)
        here = {(m, old) for m, old in expected if (m, old.endpoint, old.from_day) == (model, *key(price))}
        if here and model == "a.b":
            remove_own_price(path, model, *key(price))
            expected -= here
        else:
            window = next((old.context_window for _, old in here), None)
            set_own_price(path, model, price)
            expected = (expected - here) | {(model, own(rate, day, host, window))}
        assert {*load_own_prices(path)} == expected
        assert re.findall("# .*", path.read_text()) == comments


def key(price: OwnPrice) -> tuple[str | None, date | None]:
    return price.endpoint, price.from_day
