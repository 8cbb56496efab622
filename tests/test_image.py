"""What the image and the compose file promise, read from their text; no engine builds them here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from db.settings import Settings
from rackline import COMMANDS

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def test_it_runs_as_a_user_without_rights() -> None:
    users = re.findall(r"^USER (\S+)$", FINAL, re.MULTILINE)
    assert users == ["10001:10001"]
    assert FINAL.index("USER ") < FINAL.index("ENTRYPOINT")


def test_every_package_is_installed_by_its_hash() -> None:
    assert "--require-hashes" in DOCKERFILE
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", lock, re.MULTILINE)
    assert len(pins) > 30
    assert lock.count("--hash=sha256:") >= len(pins)


def test_byte_code_and_file_times_do_not_depend_on_the_day_of_the_build() -> None:
    assert "--invalidation-mode unchecked-hash" in DOCKERFILE
    assert "SOURCE_DATE_EPOCH" in DOCKERFILE
    assert "touch" in DOCKERFILE
    assert "PYTHONDONTWRITEBYTECODE=1" in FINAL


def test_it_takes_the_rooms_and_nothing_else() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements.lock", "db", "etl", "dashboard", "rackline"]
    ignore = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignore
    assert {f"!{name}" for name in copied} <= set(ignore)


def test_the_health_check_asks_a_route_that_needs_no_store() -> None:
    assert "/health/live" in FINAL
    routes = (ROOT / "dashboard" / "routes.py").read_text()
    assert '"/health/live"' in routes


def test_every_variable_set_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"RACKLINE_{name.upper()}" for name in Settings.model_fields}
    in_image = set(re.findall(r"\b(RACKLINE_\w+)=", DOCKERFILE))
    in_compose = {
        name
        for service in compose["services"].values()
        for name in service["environment"]
        if name.startswith("RACKLINE_")
    }
    assert in_image | in_compose <= known
    assert "RACKLINE_DATABASE_URL" in in_compose


def test_every_service_runs_a_command_there_is(compose: dict[str, Any]) -> None:
    ours = {n: s["command"] for n, s in compose["services"].items() if n != "store"}
    assert ours == {"migrate": ["migrate"], "etl": ["run"], "dashboard": ["serve"]}
    assert {command for (command,) in ours.values()} <= set(COMMANDS)


def test_nothing_starts_before_the_schema_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["migrate"]["depends_on"] == {"store": {"condition": "service_healthy"}}
    for name in ("etl", "dashboard"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
        assert services[name]["stop_grace_period"] == "20s"


def test_no_process_can_write_its_image_or_gain_rights(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "store":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_password_stands_in_the_file_and_the_store_is_not_published(
    compose: dict[str, Any],
) -> None:
    for service in compose["services"].values():
        for value in service["environment"].values():
            assert "PASSWORD" not in value or "${POSTGRES_PASSWORD:?" in value
    assert "ports" not in compose["services"]["store"]
    assert compose["services"]["dashboard"]["ports"] == ["127.0.0.1:8050:8050"]
