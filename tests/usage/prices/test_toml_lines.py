from usage.prices.toml_lines import line_of

TEXT = '''# comment
[models."a.b"]   # first

x = 1
words = """
[models.c]
x = 2
"""

[[models.c]]
x = 3
[[models.c]]
y = [
  4,
]
x = 5

[models.d]
inline = {x = 6, y = 7}
dotted.x = 8'''


def lines(text: str) -> list[int]:
    keys: list[tuple[str | int, ...]] = [
        ("models",),
        ("models", "a.b", "x"),
        ("models", "a.b", "words"),
        ("models", "c"),
        ("models", "c", 0, "x"),
        ("models", "c", 1),
        ("models", "c", 1, "y"),
        ("models", "c", 1, "y", 0),
        ("models", "c", 1, "x"),
        ("models", "d", "inline", "y"),
        ("models", "d", "dotted"),
        ("models", "d", "dotted", "x"),
    ]
    return [line_of(text, each) for each in keys]


def test_each_value_is_on_the_line_where_it_begins() -> None:
    assert lines(TEXT) == [2, 4, 5, 10, 11, 12, 13, 13, 16, 19, 20, 20]


def test_lines_may_end_as_windows_ends_them() -> None:
    assert lines(TEXT.replace("\n", "\r\n")) == lines(TEXT)


def test_the_line_in_a_long_file_is_found_too() -> None:
    text = "".join(f'[models."m{number}"]\nx = {number}\n' for number in range(2000))
    assert line_of(text, ("models", "m1234", "x")) == 2470
