"""Who builds which image, and what we rely on in the images of others (tests/compose/official_images.toml)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import Any

import pytest

from tests.contracts import compose_file
from tests.contracts.compose_file import OURS, REPOSITORY

DOCKERFILE = (REPOSITORY / "docker" / "Dockerfile").read_text()
OFFICIAL: dict[str, dict[str, Any]] = tomllib.loads(
    (REPOSITORY / "tests" / "compose" / "official_images.toml").read_text()
)
SERVICES = compose_file.services()


def facts_of(image: str) -> dict[str, Any]:
    """What is on record of an image, with or without a digest behind its tag."""
    return OFFICIAL[image.split("@", maxsplit=1)[0]]


FOREIGN = {name: service for name, service in SERVICES.items() if not service["image"].startswith(OURS)}
OWN = {name: service for name, service in SERVICES.items() if service["image"].startswith(OURS)}


def builders(services: dict[str, dict[str, Any]]) -> Counter[str]:
    return Counter(service["image"] for service in services.values() if "build" in service)


def test_one_service_builds_each_of_our_images() -> None:
    images = {service["image"] for service in OWN.values()}
    assert len(images) == 5
    assert builders(SERVICES) == Counter(images)


def test_two_services_that_build_one_image_are_noticed() -> None:
    """The check above sees a `build` that comes in through an anchor."""
    shared = "  pull_policy: never\n  build: {context: .}\n"
    twice = compose_file.services(compose_file.text().replace("  pull_policy: never\n", shared))
    assert max(builders(twice).values()) > 1


@pytest.mark.parametrize("name", OWN)
def test_what_only_names_an_image_starts_after_the_service_that_builds_it(name: str) -> None:
    (builder,) = (other for other, found in OWN.items() if found["image"] == OWN[name]["image"] and "build" in found)
    assert builder == name or builder in compose_file.dependencies(SERVICES, name)


def test_nobody_looks_for_our_images_in_a_registry() -> None:
    assert {name for name, service in OWN.items() if service.get("pull_policy") != "never"} == set()


def test_every_build_names_a_stage_of_the_dockerfile_and_a_folder() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE))
    for service in OWN.values():
        if build := service.get("build"):
            assert build["target"] in stages
            assert (REPOSITORY / build["args"]["SERVICE"] / "requirements.lock").is_file()


def test_of_every_image_of_others_it_is_on_record_what_it_holds() -> None:
    named = {service["image"] for service in FOREIGN.values()} | set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.M))
    assert {image.split("@")[0] for image in named} == set(OFFICIAL)
    assert all(":" in image and not image.endswith(":latest") for image in named)


@pytest.mark.parametrize("name", FOREIGN)
def test_commands_and_health_checks_use_programs_that_the_image_has(name: str) -> None:
    service, facts = FOREIGN[name], facts_of(FOREIGN[name]["image"])
    test = service.get("healthcheck", {}).get("test")
    assert test or facts["has_health"]
    for words in (test[1:] if test else [], service.get("command", [])):
        assert set(words[:1]) <= set(facts["commands"])


@pytest.mark.parametrize("name", FOREIGN)
def test_an_image_runs_as_a_user_that_it_has(name: str) -> None:
    user, known = FOREIGN[name].get("user"), facts_of(FOREIGN[name]["image"])["users"].values()
    assert user is None or set(user.split(":")) <= {str(identity) for identity in known}


@pytest.mark.parametrize("name", FOREIGN)
def test_an_image_has_the_capabilities_that_its_start_needs_and_no_other(name: str) -> None:
    needed = set(facts_of(FOREIGN[name]["image"])["capabilities"])
    assert set(FOREIGN[name].get("cap_add", [])) == (set() if "user" in FOREIGN[name] else needed)


@pytest.mark.parametrize("name", FOREIGN)
def test_an_image_on_a_read_only_root_can_write_where_it_writes(name: str) -> None:
    service, facts = FOREIGN[name], facts_of(FOREIGN[name]["image"])
    assert service["read_only"]
    assert set(facts["writable"]) <= set(service["tmpfs"])
    data = [mount.split(":")[1] for mount in service.get("volumes", []) if not mount.startswith("./")]
    assert data == facts["volumes"]


@pytest.mark.parametrize("name", FOREIGN)
def test_an_image_is_given_variables_that_it_knows(name: str) -> None:
    assert set(FOREIGN[name].get("environment", {})) <= set(facts_of(FOREIGN[name]["image"])["environment"])


def test_the_folders_of_the_gateway_are_ones_that_it_can_write() -> None:
    configuration = (REPOSITORY / "docker" / "gateway.conf").read_text()
    folders = re.findall(r"^\s*(?:pid|\w+_temp_path)\s+(/[^/]+)/", configuration, re.MULTILINE)
    assert folders
    assert set(folders) <= set(SERVICES["gateway"]["tmpfs"])


@pytest.mark.parametrize("program", ["apt-get", "groupadd", "useradd", "install", "python"])
def test_the_recipe_uses_programs_that_the_python_image_has(program: str) -> None:
    (base,) = set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE))
    assert re.search(rf"\b{program}\b", DOCKERFILE)
    assert program in facts_of(base)["commands"]
