"""From the sources to the images: each built once, none looked for in a registry, on the Python that is promised."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from tests.compose import base_images, compose_versions, engine
from tests.compose.compose_stack import ComposeStack
from tests.compose.project import OWN_IMAGES

pytestmark = pytest.mark.timeout(2400)
TAGS = {f"ticketing/{name}" for name in OWN_IMAGES}


def needs_the_current_compose() -> None:
    if compose_versions.current() is None or not compose_versions.has_buildx():
        pytest.skip("Compose v2 with buildx is not installed here")


def test_bake_has_one_target_for_each_image(containers: ComposeStack) -> None:
    """Two targets with one tag are exported at the same time, which the containerd image store refuses."""
    needs_the_current_compose()
    output, _ = containers.project.run("build", "--print")
    targets = json.loads(output)["target"]
    assert Counter(tag.removesuffix(":latest") for target in targets.values() for tag in target["tags"]) == Counter(
        TAGS
    )


def test_a_plain_up_on_a_machine_without_our_images_builds_them_and_pulls_nothing(containers: ComposeStack) -> None:
    assert not re.search("pull", containers.start_report, re.IGNORECASE)
    assert {tag for tag in TAGS if engine.is_here(tag)} == TAGS


def test_up_with_build_ends_well_too(containers: ComposeStack) -> None:
    """`up --build --wait` on a stack that runs: nothing has changed, so no container is made anew."""
    needs_the_current_compose()
    before = {container["Id"] for container in containers.project.containers()}
    containers.project.run("up", "--build", "--detach", "--wait", seconds=engine.BUILD_SECONDS)
    assert {container["Id"] for container in containers.project.containers()} == before


@pytest.mark.parametrize("service", ["client", "ticket-worker", "payment", "organizer", "frontend", "ready"])
def test_a_container_runs_the_python_that_the_recipe_names(containers: ComposeStack, service: str) -> None:
    base, declared = base_images.python_image(), base_images.declared_python()
    said = containers.project.exec(service, "python", "--version")
    if not said.startswith(f"Python {declared}.") and base_images.is_stand_in(base):
        pytest.skip(
            f"{base} is a stand-in here and this machine has no Python {declared}: the images run {said.strip()}"
        )
    assert said.startswith(f"Python {declared}.")


def test_no_container_has_to_compile_the_standard_library(containers: ComposeStack) -> None:
    """Every health check would do it again: a second of processor time each, all the time."""
    compiled = "import socket, sys; sys.exit(not __import__('os').path.exists(socket.__cached__))"
    for service in ("client", "frontend", "ready"):
        containers.project.exec(service, "python", "-IS", "-c", compiled)


def test_no_image_has_a_key_or_password_in_it(containers: ComposeStack) -> None:
    secrets = ("_KEY", "SECRET", "PASSWORD", "DATABASE_URL")
    for tag in TAGS:
        (image,) = json.loads(engine.run("docker", "image", "inspect", tag))
        named = [variable.split("=", 1)[0] for variable in image["Config"]["Env"] or []]
        assert not [variable for variable in named if any(word in variable for word in secrets)], tag
