using System.Diagnostics;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>The servers' own tools read the configuration that is mounted into them.</summary>
public sealed class ServerConfigurationTests
{
    [Fact]
    public async Task PrometheusReadsItsConfigurationAndRules()
    {
        // The tool wants to see the files that are named; the secrets are there in the container only.
        var folder = Directory.CreateTempSubdirectory("promtool");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "rules"));
            foreach (var rules in Directory.EnumerateFiles(Path.Combine(ComposeFile.Folder, "prometheus", "rules")))
                File.Copy(rules, Path.Combine(folder.FullName, "rules", Path.GetFileName(rules)));
            Directory.CreateDirectory(Path.Combine(folder.FullName, "targets"));
            foreach (var targets in Directory.EnumerateFiles(Path.Combine(ComposeFile.Folder, "prometheus", "targets")))
                File.Copy(targets, Path.Combine(folder.FullName, "targets", Path.GetFileName(targets)));
            foreach (var secret in ComposeFile.Real.Services["prometheus"].Secrets)
                await File.WriteAllTextAsync(
                    Path.Combine(folder.FullName, secret),
                    "token",
                    TestContext.Current.CancellationToken
                );
            var copy = Path.Combine(folder.FullName, "prometheus.yml");
            await File.WriteAllTextAsync(
                copy,
                Read("prometheus/prometheus.yml").Replace("/run/secrets", folder.FullName, StringComparison.Ordinal),
                TestContext.Current.CancellationToken
            );
            await SucceedsAsync("promtool", "prometheus", "check", "config", copy);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task TheRulesComputeWhatTheySay() =>
        await SucceedsAsync("promtool", "prometheus", "test", "rules", "prometheus/rules.test.yml");

    [Fact]
    public async Task AlertmanagerReadsItsConfiguration() =>
        await SucceedsAsync("amtool", "prometheus-alertmanager", "check-config", "alertmanager/alertmanager.yml");

    [Fact]
    public void AlertsAreGroupedSoThatNoMessageHoldsTwoTenants()
    {
        var file = ComposeFile.Parse(Read("alertmanager/alertmanager.yml"));
        Assert.Contains("tenant", ComposeFile.List(ComposeFile.Map(file.Root["route"])["group_by"]));
    }

    [Fact]
    public void EverythingThatPrometheusScrapesCarriesATenant()
    {
        var file = ComposeFile.Parse(Read("prometheus/prometheus.yml"));
        foreach (var job in ((IEnumerable<object>)file.Root["scrape_configs"]!).Select(ComposeFile.Map))
        {
            var rules = (IEnumerable<object>?)job.GetValueOrDefault("metric_relabel_configs") ?? [];
            var relabelled = rules.Any(rule =>
                "tenant".Equals(ComposeFile.Map(rule).GetValueOrDefault("target_label"))
            );
            // Where targets come from files, what they lack is put there as they are found.
            var found = ((IEnumerable<object>?)job.GetValueOrDefault("relabel_configs") ?? []).Any(rule =>
                "tenant".Equals(ComposeFile.Map(rule).GetValueOrDefault("target_label"))
            );
            var named =
                found
                || ((IEnumerable<object>?)job.GetValueOrDefault("static_configs") ?? []) is var groups
                    && groups.Any()
                    && groups.All(group =>
                        ComposeFile.Map(ComposeFile.Map(group).GetValueOrDefault("labels")).ContainsKey("tenant")
                    );
            Assert.True(relabelled || named, $"job {job["job_name"]}");
        }
    }

    [Fact]
    public void LokiKeepsTenantsApartAndAnswersForSeveral()
    {
        var file = ComposeFile.Parse(Read("loki/loki.yaml"));
        Assert.Equal(true, file.Root["auth_enabled"]);
        Assert.Equal(true, ComposeFile.Map(file.Root["querier"])["multi_tenant_queries_enabled"]);
    }

    [Fact]
    public void LogsGoToTheTenantOfTheContainersLabel()
    {
        var text = Read("alloy/config.alloy");
        Assert.Matches(
            @"source_labels = \[""__meta_docker_container_label_sevensa_tenant""\]\s+regex\s+= ""\(\.\+\)""\s+target_label\s+= ""tenant""",
            text
        );
        Assert.Matches(@"stage\.tenant \{\s+label = ""tenant""", text);
        Assert.DoesNotContain("docker.sock", text, StringComparison.Ordinal);
        Assert.Equal(text.Count(c => c == '{'), text.Count(c => c == '}'));
    }

    [Fact]
    public void TraefikTerminatesTlsAndCountsByService()
    {
        var file = ComposeFile.Parse(Read("traefik/traefik.yaml"));
        var entries = ComposeFile.Map(file.Root["entryPoints"]);
        Assert.Contains("redirections", ComposeFile.Map(ComposeFile.Map(entries["web"])["http"]).Keys);
        Assert.Contains("tls", ComposeFile.Map(ComposeFile.Map(entries["websecure"])["http"]).Keys);
        var metrics = ComposeFile.Map(ComposeFile.Map(file.Root["metrics"])["prometheus"]);
        Assert.Equal(true, metrics["addServicesLabels"]);
        Assert.NotEmpty(ComposeFile.List(metrics["buckets"]));
        Assert.DoesNotContain("api", file.Root.Keys);
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(ComposeFile.Folder, path));

    private static async Task SucceedsAsync(string tool, string package, params string[] arguments)
    {
        var program = Path.Combine("/usr/bin", tool);
        if (!File.Exists(program))
        {
            var reason = $"{program} is missing: install Debian's package {package}, or run .ci/run";
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail(reason);
            Assert.Skip(reason);
        }
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = ComposeFile.Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complained = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{await said}\n{await complained}");
    }
}
