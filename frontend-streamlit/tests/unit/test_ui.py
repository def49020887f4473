"""The texts of other people never become formatting or markup."""

from frontend.widgets.ui import hue, plain


def test_markdown_in_somebodys_text_is_shown_as_it_is_written() -> None:
    assert plain("*Tulus* [x](http://evil) <b> :red[a] $x$") == (
        r"\*Tulus\* \[x\]\(http\://evil\) \<b\> \:red\[a\] \$x\$"
    )


def test_a_colour_always_belongs_to_the_same_thing() -> None:
    assert hue("event-1") == hue("event-1")
