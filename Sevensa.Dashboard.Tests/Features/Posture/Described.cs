using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Features.Posture;

/// <summary>A container in Docker's own description, read by the runner and held against the items.</summary>
internal static class Described
{
    public const string NetworkId = "6b2f0d51c1a94f0a8b7e6d5c4b3a29180716253443526170898a9b8c7d6e5f40";

    public static EngineSettings Engine { get; } =
        new(
            ["name=apparmor", "name=selinux", "name=seccomp,profile=builtin", "name=cgroupns"],
            true,
            "json-file",
            true,
            [],
            [],
            "inactive",
            false
        );

    /// <summary>One that passes every item.</summary>
    public static JsonObject Hardened(string name = "rentguy-api-1") =>
        JsonNode
            .Parse(
                $$"""
                {
                  "Id": "{{new string(
                    'a',
                    64
                )}}", "Name": "/{{name}}", "Image": "sha256:1111", "Created": "2026-11-01T10:00:00Z",
                  "AppArmorProfile": "docker-default",
                  "State": {"Status": "running", "Running": true, "ExitCode": 0, "StartedAt": "2026-11-01T10:00:01Z", "FinishedAt": "0001-01-01T00:00:00Z"},
                  "Config": {
                    "Image": "rentguy/api:2.4.1", "User": "1000:1000", "Env": ["A=b"],
                    "Labels": {"sevensa.tenant": "rentguy", "com.docker.compose.service": "api", "com.docker.compose.project": "rentguy"},
                    "Healthcheck": {"Test": ["CMD", "true"]}, "ExposedPorts": {"8080/tcp": {} }
                  },
                  "HostConfig": {
                    "NetworkMode": "rentguy_default", "PidMode": "", "IpcMode": "private", "UTSMode": "", "UsernsMode": "",
                    "CgroupParent": "", "Privileged": false, "ReadonlyRootfs": true, "Memory": 268435456, "NanoCpus": 500000000,
                    "CpuShares": 0, "PidsLimit": 100, "CapAdd": null, "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges:true"],
                    "Devices": [], "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 2048}],
                    "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}
                  },
                  "Mounts": [{"Type": "volume", "Name": "rentguy_data", "Source": "/var/lib/docker/volumes/rentguy_data/_data", "Destination": "/data", "RW": true, "Propagation": ""}],
                  "NetworkSettings": {
                    "Ports": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}]},
                    "Networks": {"rentguy_default": {"NetworkID": "{{NetworkId}}", "Aliases": ["api", "api"], "IPAddress": "172.20.0.2"} }
                  }
                }
                """
            )!
            .AsObject();

    public static ContainerFacts Facts(JsonObject described) =>
        new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null)).Read(
            described,
            [],
            new Dictionary<string, NetworkManner> { [NetworkId] = new("bridge", false, true) }
        );

    public static IReadOnlyList<PostureItem> Items(JsonObject described, EngineSettings? engine = null) =>
        Items(Facts(described), engine ?? Engine);

    public static IReadOnlyList<PostureItem> Items(ContainerFacts facts, EngineSettings? engine) =>
        [.. Examination.Of(new HostedContainer("h1", "vps-1", true, facts, null), engine, new StandingExceptions([]))];
}
