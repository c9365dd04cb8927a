using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Docker;

public sealed partial class ComposeTests
{
    private static readonly ComposeFile file = ComposeFile.Real;

    private static readonly string[] expected =
    [
        "traefik",
        "dashboard",
        "runner",
        "postgres",
        "vault",
        "prometheus",
        "alertmanager",
        "loki",
        "alloy",
        "ollama",
        "node-exporter",
    ];

    // Fields of the Compose specification that are used here; a misspelt one is otherwise ignored in silence.
    private static readonly HashSet<string> known =
    [
        "image",
        "build",
        "user",
        "group_add",
        "entrypoint",
        "command",
        "environment",
        "ports",
        "volumes",
        "tmpfs",
        "secrets",
        "networks",
        "depends_on",
        "healthcheck",
        "labels",
        "mem_limit",
        "shm_size",
        "pids_limit",
        "restart",
        "read_only",
        "cap_drop",
        "security_opt",
        "logging",
        "profiles",
    ];

    public static TheoryData<string> Names => [.. file.Services.Keys];

    [Fact]
    public void TheWholeStackIsThere() => Assert.Empty(expected.Except(file.Services.Keys));

    [Theory, MemberData(nameof(Names))]
    public void AServiceHasOnlyFieldsThatComposeKnows(string name) =>
        Assert.Empty(file.Services[name].Fields.Keys.Except(known));

    [Theory, MemberData(nameof(Names))]
    public void AServiceIsHardened(string name)
    {
        var service = file.Services[name];
        Assert.Equal(true, service.Fields.GetValueOrDefault("read_only"));
        Assert.Equal(["ALL"], ComposeFile.List(service.Fields.GetValueOrDefault("cap_drop")));
        Assert.Contains("no-new-privileges:true", ComposeFile.List(service.Fields.GetValueOrDefault("security_opt")));
        Assert.DoesNotContain("privileged", service.Fields.Keys);
        Assert.DoesNotContain("cap_add", service.Fields.Keys);
        Assert.DoesNotContain("network_mode", service.Fields.Keys);
        Assert.DoesNotContain("pid", service.Fields.Keys);
        Assert.DoesNotContain("ipc", service.Fields.Keys);
        Assert.DoesNotContain("devices", service.Fields.Keys);
        Assert.Matches("^[0-9]+[mg]$", service.Text("mem_limit"));
        Assert.NotEmpty(service.Text("pids_limit"));
    }

    [Theory, MemberData(nameof(Names))]
    public void AServiceRunsAsAUserOfItsOwnThatIsNotRoot(string name)
    {
        var user = file.Services[name].Text("user");
        Assert.Matches("^[1-9][0-9]*:", user);
    }

    [Theory, MemberData(nameof(Names))]
    public void AServiceSaysWhetherItIsHealthy(string name)
    {
        var health = file.Services[name].Healthcheck;
        if (file.Services[name].Fields.ContainsKey("profiles"))
            return; // a one-shot ends by itself
        Assert.NotEmpty(ComposeFile.List(health.GetValueOrDefault("test")));
        Assert.Matches("^CMD(-SHELL)?$", ComposeFile.List(health["test"])[0]);
    }

    [Theory, MemberData(nameof(Names))]
    public void AnImageIsPinnedToAnExactVersion(string name)
    {
        var image = file.Services[name].Image;
        Assert.Matches(ExactTag(), image);
    }

    [Fact]
    public void OnlyTraefikPublishesPorts()
    {
        Assert.Equal("traefik", Assert.Single(file.Services.Values, service => service.Ports.Count > 0).Name);
        Assert.Equal(["80:8080", "443:8443"], file.Services["traefik"].Ports);
    }

    [Fact]
    public void TheDockerSocketCanBeWrittenByTheRunnerAlone()
    {
        var mounts = file
            .Services.Values.SelectMany(service =>
                service
                    .Volumes.Where(v => v.Contains("docker.sock", StringComparison.Ordinal))
                    .Select(v => (service.Name, v))
            )
            .Order()
            .ToArray();
        Assert.Equal(
            [
                ("docker-read", "/var/run/docker.sock:/var/run/docker.sock:ro"),
                ("runner", "/var/run/docker.sock:/var/run/docker.sock"),
            ],
            mounts
        );
        // A read-only mount does not keep a client from POSTing: the door in front of it must.
        var door = ComposeFile.List(file.Services["docker-read"].Fields["command"]);
        Assert.All(
            door,
            argument => Assert.DoesNotMatch("^-allow(POST|PUT|PATCH|DELETE|CONNECT|TRACE|OPTIONS)", argument)
        );
        var allowed = new Regex(
            $"^{door.Single(a => a.StartsWith("-allowGET=", StringComparison.Ordinal))["-allowGET=".Length..]}$"
        );
        // Whichever version is agreed on with the engine.
        Assert.Matches(allowed, "/v1.41/containers/json");
        Assert.Matches(allowed, "/v1.52/containers/json");
        Assert.Matches(allowed, "/version");
        Assert.Matches(allowed, "/v1.41/containers/4f2a/logs");
        Assert.DoesNotMatch(allowed, "/v1.41/containers/4f2a/archive");
        Assert.DoesNotMatch(allowed, "/v1.41/containers/4f2a/export");
        Assert.DoesNotMatch(allowed, "/v1.41/secrets");
        Assert.Equal(["alloy", "docker-read"], On("docker-read"));
    }

    [Theory]
    [InlineData("front", "traefik")]
    [InlineData("edge", "dashboard", "traefik")]
    [InlineData("hub", "dashboard", "runner")]
    [InlineData("db", "dashboard", "postgres")]
    [InlineData("vault", "dashboard", "vault")]
    [InlineData("metrics", "dashboard", "prometheus")]
    [InlineData("logs", "dashboard", "loki")]
    [InlineData("alerts", "alertmanager", "dashboard")]
    [InlineData("alerting", "alertmanager", "prometheus")]
    [InlineData("models", "dashboard", "ollama")]
    [InlineData("ship", "alloy", "loki")]
    public void ANetworkJoinsExactlyThoseWhoNeedIt(string network, params string[] members) =>
        Assert.Equal(members, On(network));

    [Theory]
    [InlineData("postgres", "dashboard")]
    [InlineData("vault", "dashboard")]
    [InlineData("ollama", "dashboard")]
    [InlineData("runner", "dashboard", "prometheus")]
    [InlineData("node-exporter", "prometheus")]
    public void AServerIsReachedByThoseAlone(string server, params string[] neighbours)
    {
        var reached = file.Services[server].Networks.SelectMany(On).Distinct().Where(name => name != server).Order();
        Assert.Equal(neighbours, reached);
    }

    [Fact]
    public void OnlyTraefikAndTheModelDownloadHaveAWayOut()
    {
        var open = file.Section("networks")
            .Where(n => !true.Equals(n.Value.GetValueOrDefault("internal")))
            .Select(n => n.Key);
        Assert.Equal(["front", "model-download"], open.Order());
        Assert.Equal(["traefik"], On("front"));
        Assert.Equal(["ollama-pull"], On("model-download"));
    }

    [Theory, MemberData(nameof(Names))]
    public void AnEnvironmentHoldsNoSecret(string name)
    {
        foreach (var (key, value) in file.Services[name].Environment)
        {
            var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;
            Assert.DoesNotMatch(SecretInText(), text);
            if (SecretByName().IsMatch(key))
                Assert.StartsWith("/run/secrets/", text, StringComparison.Ordinal);
            // A file is named by what is mounted.
            if (text.StartsWith("/run/secrets/", StringComparison.Ordinal))
                Assert.Contains(text["/run/secrets/".Length..], file.Services[name].Secrets);
        }
        Assert.DoesNotContain("env_file", file.Services[name].Fields.Keys);
    }

    [Fact]
    public void EverySecretIsAFileThatMakeSecretsMakes()
    {
        var script = File.ReadAllText(Path.Combine(ComposeFile.Folder, "make-secrets"));
        var secrets = file.Section("secrets");
        foreach (var (name, fields) in secrets)
        {
            Assert.Equal([$"./secrets/{name}"], fields.Values.Select(value => (string)value!));
            Assert.Equal(["file"], fields.Keys);
            var stem = name.Replace("_certificate", "", StringComparison.Ordinal)
                .Replace("_key", "", StringComparison.Ordinal);
            Assert.Matches($@"(?m)(^\s*(random|empty|certificate) ({name}|{stem})\b|-out {name}\b)", script);
        }
        Assert.Equal(
            secrets.Keys.Order(),
            file.Services.Values.SelectMany(service => service.Secrets).Distinct().Order()
        );
    }

    [Fact]
    public void WhatIsNamedExists()
    {
        var networks = file.Section("networks").Keys;
        var volumes = file.Section("volumes").Keys;
        foreach (var service in file.Services.Values)
        {
            Assert.NotEmpty(service.Networks);
            Assert.Empty(service.Networks.Except(networks));
            Assert.Empty(ComposeFile.List(service.Fields.GetValueOrDefault("depends_on")).Except(file.Services.Keys));
            foreach (var source in service.Volumes.Select(volume => volume.Split(':')[0]))
            {
                if (source.StartsWith("./", StringComparison.Ordinal))
                    Assert.True(
                        Path.Exists(Path.Combine(ComposeFile.Folder, source)),
                        $"{service}: {source} does not exist"
                    );
                else if (!source.StartsWith('/'))
                    Assert.Contains(source, volumes);
            }
        }
        Assert.Equal(
            volumes.Order(),
            file.Services.Values.SelectMany(s => s.Volumes)
                .Select(v => v.Split(':')[0])
                .Where(v => volumes.Contains(v))
                .Distinct()
                .Order()
        );
        Assert.Equal(networks.Order(), file.Services.Values.SelectMany(s => s.Networks).Distinct().Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void FilesOfThisFolderAreMountedReadOnly(string name) =>
        Assert.All(
            file.Services[name].Volumes.Where(volume => volume.StartsWith("./", StringComparison.Ordinal)),
            volume => Assert.EndsWith(":ro", volume, StringComparison.Ordinal)
        );

    [Theory, MemberData(nameof(Names))]
    public void AServiceSaysWhoseLogsItsLogsAre(string name)
    {
        var labels = ComposeFile.Map(file.Services[name].Fields.GetValueOrDefault("labels"));
        Assert.Equal("platform", labels.GetValueOrDefault("sevensa.tenant"));
        Assert.Equal(name, labels.GetValueOrDefault("sevensa.service"));
    }

    private static IReadOnlyList<string> On(string network) =>
        [
            .. file
                .Services.Values.Where(s => s.Networks.Contains(network))
                .Select(s => s.Name)
                .Order(StringComparer.Ordinal),
        ];

    [GeneratedRegex(@":v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z0-9.]+)?$")]
    private static partial Regex ExactTag();

    [GeneratedRegex("(?i)password=|pwd=|token=|secret=|[a-z]+://[^/@ ]+:[^/@ ]+@")]
    private static partial Regex SecretInText();

    [GeneratedRegex("(?i)(password|token|secret|credential|apikey)")]
    private static partial Regex SecretByName();
}
