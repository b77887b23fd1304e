"""Dockerfile, compose file and manifests fit the program: they are read, nothing is started."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from hub import __version__
from hub.connect.discovery import find_connector, load_connector_settings
from hub.metrics import Metrics
from hub.serve.app import create_app
from hub.serve.health import Health
from hub.settings import PREFIX, Settings
from hub.streams.running import LONGEST_STOP_SECONDS
from tests.unit.deploy.commands import problem_of

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES_VERSIONS = ("1.28", "1.37")
SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}
PORT = Settings.model_fields["http_port"].default
ROUTES = {route.path for route in create_app(health=Health(), metrics=Metrics()).routes}
SECRET_WORDS = re.compile(r"password|secret|token", re.IGNORECASE)

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    document
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [document for document in MANIFESTS if document["kind"] in kinds]


WORKLOADS = of_kind("StatefulSet", "Deployment", "Job")
PODS = {named(document): document["spec"]["template"] for document in WORKLOADS}


def instructions() -> Iterator[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    for line in joined.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.strip().partition(" ")
            yield word, rest


# --- the image ---


def test_the_image_is_made_in_two_stages_and_runs_as_nobody_special() -> None:
    stages = DOCKERFILE.split("\nFROM ")[1:]
    user = re.search(r"^USER (\d+):(\d+)$", stages[-1], re.MULTILINE)

    assert len(stages) == 2
    assert user is not None
    assert 0 not in map(int, user.groups())
    assert 'ENTRYPOINT ["hub"]' in stages[-1]
    assert f"EXPOSE {PORT}" in stages[-1]


def test_the_image_installs_nothing_without_a_hash() -> None:
    installs = [
        step
        for word, rest in instructions()
        if word == "RUN"
        for step in rest.split("&&")
        if "pip install" in step or "pip wheel" in step
    ]

    assert len(installs) == 4
    for step in installs:
        assert "--require-hashes" in step or "--no-deps" in step
        assert "pip wheel" not in step or "--no-build-isolation" in step
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    locked = (ROOT / "requirements" / "build.txt").read_text()
    assert [re.split(r"[><=]", name)[0] for name in wanted] == ["hatchling"]
    assert re.search(r"^hatchling==.*\\\n\s+--hash=sha256:", locked, re.MULTILINE)


def test_the_image_copies_what_exists_and_the_build_is_given_it() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    given = {line[1:] for line in ignore if line.startswith("!")}
    copied = [
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]

    assert "*" in ignore
    assert len(copied) >= 7
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in given
    assert given <= {source.split("/")[0] for source in copied}


def test_the_image_knows_settings_that_exist_and_no_secret() -> None:
    environment = " ".join(rest for word, rest in instructions() if word in ("ENV", "ARG"))
    health = next(rest for word, rest in instructions() if word == "HEALTHCHECK")

    assert set(re.findall(r"\bHUB_\w+", DOCKERFILE)) <= SETTINGS
    assert not SECRET_WORDS.search(environment)
    assert set(re.findall(r"/health/\w+", health)) <= ROUTES
    assert f"HUB_HTTP_PORT={PORT}" in environment


# --- compose ---


def hub_services() -> dict[str, Any]:
    return {
        name: service
        for name, service in COMPOSE["services"].items()
        if service["image"] == "programme-hub"
    }


def test_compose_starts_what_exists_with_settings_that_exist() -> None:
    services = hub_services()

    assert set(services) == {"topics", "worker", "connector"}
    for service in services.values():
        assert problem_of(service["command"]) is None
        assert set(service["environment"]) <= SETTINGS
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert int(service["stop_grace_period"].removesuffix("s")) > LONGEST_STOP_SECONDS
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert services["worker"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_compose_waits_for_kafka_and_its_topics() -> None:
    services = COMPOSE["services"]

    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert "healthcheck" in services["kafka"]
    for name in ("worker", "connector"):
        condition = {"topics": {"condition": "service_completed_successfully"}}
        assert services[name]["depends_on"] == condition
    address = services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert address == f"PLAINTEXT://{services['worker']['environment']['HUB_BOOTSTRAP_SERVERS']}"


def test_compose_runs_the_kafka_that_the_hub_is_tested_with() -> None:
    tested = (ROOT / "hub" / "broker" / "kafka.lock").read_text(encoding="utf-8").splitlines()[0]

    version = COMPOSE["services"]["kafka"]["image"].removeprefix("apache/kafka:")

    assert f"Apache Kafka {version} " in tested


def test_what_compose_mounts_exists_and_its_connector_settings_are_accepted(tmp_path: Path) -> None:
    mounted = {
        target: DEPLOY / source
        for service in COMPOSE["services"].values()
        for source, target, *_ in (volume.split(":") for volume in service.get("volumes", ()))
        if source.startswith(".")
    }
    _, _, name, _, settings_file = COMPOSE["services"]["connector"]["command"]

    assert len(mounted) == 3
    assert all(folder.is_dir() for folder in mounted.values())
    folder, _, file = settings_file.rpartition("/")
    text = (mounted[folder] / file).read_text(encoding="utf-8")
    for target, source in mounted.items():
        text = text.replace(f'"{target}/', f'"{source.resolve()}/')
    here = tmp_path / file
    here.write_text(text, encoding="utf-8")
    settings: Any = load_connector_settings(find_connector(name), here)
    assert settings.path.is_file()
    assert settings.field_mapping is not None


# --- Kubernetes ---


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("document", MANIFESTS, ids=named)
def test_a_manifest_is_what_kubernetes_takes(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_manifest_with_a_field_that_does_not_exist_is_noticed() -> None:
    wrong = {**of_kind("Job")[0], "specification": {}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES_VERSIONS[-1], strict=True)


def test_there_are_the_manifests_that_a_hub_needs() -> None:
    assert {named(document) for document in MANIFESTS} == {
        *("Namespace/hub", "ConfigMap/hub-settings", "Job/hub-topics"),
        *("Service/hub-worker", "PodDisruptionBudget/hub-worker", "StatefulSet/hub-worker"),
        *("Service/hub-connector", "Deployment/hub-connector-sewer"),
    }
    assert {d["metadata"].get("namespace", "hub") for d in MANIFESTS} == {"hub"}


@pytest.mark.parametrize("pod", PODS.values(), ids=list(PODS))
def test_a_pod_runs_a_command_of_this_version_with_settings_that_exist(pod: Any) -> None:
    (container,) = pod["spec"]["containers"]
    given = [variable["name"] for variable in container["env"]]
    shared = of_kind("ConfigMap")[0]["data"]

    assert problem_of(container["args"]) is None
    assert container["image"] == f"programme-hub:{__version__}"
    assert set(given) | set(shared) <= SETTINGS
    assert container["envFrom"] == [{"configMapRef": {"name": "hub-settings"}}]
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert Path(shared["HUB_SASL_PASSWORD_FILE"]).parent.as_posix() in mounts
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod["spec"]["volumes"]
    }


@pytest.mark.parametrize("pod", PODS.values(), ids=list(PODS))
def test_a_pod_may_do_no_more_than_it_must(pod: Any) -> None:
    (container,) = pod["spec"]["containers"]

    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert f"USER {pod['spec']['securityContext']['runAsUser']}:" in DOCKERFILE
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]


def test_secrets_are_named_and_never_written_down() -> None:
    assert of_kind("Secret") == []
    for pod in PODS.values():
        for variable in pod["spec"]["containers"][0]["env"]:
            assert "valueFrom" in variable
    for name, value in of_kind("ConfigMap")[0]["data"].items():
        assert name.endswith("_FILE") or not SECRET_WORDS.search(name)
        assert not SECRET_WORDS.search(value) or value.startswith("/etc/hub/kafka/")


def long_running() -> dict[str, Any]:
    return {name: pod for name, pod in PODS.items() if not name.startswith("Job/")}


@pytest.mark.parametrize("pod", long_running().values(), ids=list(long_running()))
def test_probes_ask_what_is_served_and_a_stop_is_waited_for(pod: Any) -> None:
    (container,) = pod["spec"]["containers"]
    paths = {
        probe: container[f"{probe}Probe"]["httpGet"]["path"]
        for probe in ("startup", "liveness", "readiness")
    }

    assert paths == {
        "startup": "/health/startup",
        "liveness": "/health/live",
        "readiness": "/health/ready",
    }
    assert set(paths.values()) <= ROUTES
    assert container["ports"] == [{"name": "http", "containerPort": PORT}]
    assert all(container[f"{probe}Probe"]["httpGet"]["port"] == "http" for probe in paths)
    assert pod["spec"]["terminationGracePeriodSeconds"] > LONGEST_STOP_SECONDS


def test_services_and_budgets_select_the_pods_and_prometheus_reads_the_services() -> None:
    labels = [pod["metadata"]["labels"] for pod in PODS.values()]
    for document in of_kind("Service", "PodDisruptionBudget"):
        wanted = document["spec"]["selector"]
        wanted = wanted.get("matchLabels", wanted)
        assert sum(wanted.items() <= own.items() for own in labels) == 1, named(document)
    file = DEPLOY / "prometheus" / "prometheus-kubernetes.yml"
    read = [
        job["dns_sd_configs"][0]
        for job in yaml.safe_load(file.read_text(encoding="utf-8"))["scrape_configs"]
    ]
    assert [(one["names"], one["port"]) for one in read] == [
        ([f"{document['metadata']['name']}.hub.svc"], PORT) for document in of_kind("Service")
    ]


def test_a_worker_keeps_its_name_and_a_connector_is_never_two() -> None:
    (worker,) = of_kind("StatefulSet")
    (connector,) = of_kind("Deployment")
    variables = worker["spec"]["template"]["spec"]["containers"][0]["env"]

    names = [one["valueFrom"] for one in variables if one["name"] == "HUB_WORKER_ID"]
    assert names == [{"fieldRef": {"fieldPath": "metadata.name"}}]
    assert worker["spec"]["serviceName"] == "hub-worker"
    assert connector["spec"]["strategy"] == {"type": "Recreate"}
    assert connector["spec"]["replicas"] == 1


def test_the_roles_of_the_secrets_are_roles_on_kafka() -> None:
    roles = tomllib.loads((DEPLOY / "kafka" / "acls.toml").read_text(encoding="utf-8"))["roles"]
    used = {
        volume["secret"]["secretName"].removeprefix("hub-kafka-")
        for pod in PODS.values()
        for volume in pod["spec"]["volumes"]
        if "secret" in volume
    }

    assert used == {"deployer", "worker", "connector"}
    assert used <= set(roles)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["worker", "--stages", "register"], None),
        (["dead-letters", "retry", "--all"], None),
        (["dead-letters", "explode"], "explode is no command of hub dead-letters"),
        (["worker", "--fast"], "No such option: --fast"),
        (["connect", "run", "tabular"], "settings_file is missing"),
        (["replay", "--from", "somewhere"], "origin is none of inputs, log"),
        (["topics", "apply", "now"], "['now'] are too many words"),
        (["topics"], "ends before a command"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(words: list[str], problem: str | None) -> None:
    assert problem_of(words) == problem
