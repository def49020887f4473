"""All diagrams: what their files are called and what must stand in them."""

from __future__ import annotations

from docs.build import data_models, overview, sequence, states
from docs.build.places import DIAGRAMS


def drawn() -> dict[str, str]:
    """File name and content of every diagram; where words are translated, `.id` names the Indonesian one."""
    drawings = {f"{name}.svg": states.draw(plan) for name, plan in states.PLANS.items()}
    drawings |= {f"data-model-{database}.svg": data_models.draw(database) for database in data_models.ORDERS}
    for language, suffix in zip(overview.LANGUAGES, (".svg", ".id.svg"), strict=True):
        drawings |= {f"{name}{suffix}": draw(language) for name, draw in overview.OVERVIEWS.items()}
        drawings[f"booking-sequence{suffix}"] = sequence.draw(language)
    return {name: drawing.svg() for name, drawing in sorted(drawings.items())}


def write() -> None:
    """Makes all files anew and removes what is no longer drawn."""
    DIAGRAMS.mkdir(exist_ok=True)
    files = drawn()
    for name, content in files.items():
        (DIAGRAMS / name).write_text(content, encoding="utf-8")
    for stray in set(DIAGRAMS.glob("*.svg")) - {DIAGRAMS / name for name in files}:
        stray.unlink()


def outdated() -> list[str]:
    """The files that are not what the code would draw now: changed, missing, or not drawn any more."""
    files = drawn()
    present = {path.name: path.read_text(encoding="utf-8") for path in DIAGRAMS.glob("*.svg")}
    return sorted(name for name in files.keys() | present.keys() if files.get(name) != present.get(name))
