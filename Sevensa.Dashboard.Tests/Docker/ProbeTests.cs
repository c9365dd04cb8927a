using System.Net;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>Every probe, port, path and flag that docker/ has for the program is asked of the program, in both of its roles.</summary>
public sealed partial class ProbeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("probe-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Program => Path.ChangeExtension(typeof(Program).Assembly.Location, ".dll");

    private static IReadOnlyList<string> ProbeOf(string service) =>
        [.. ComposeFile.List(ComposeFile.Real.Services[service].Healthcheck["test"])];

    /// <summary>Runs a probe as compose.yaml has it, on the port where the program listens here.</summary>
    private static async Task<(int Code, string Output)> AskAsync(string service, Uri here)
    {
        var probe = ProbeOf(service);
        // The runner's own program answers with the code that the dashboard's does (the first word names the command).
        string[] program =
            service == "runner" ? ["CMD", "/app/sevensa-runner"] : ["CMD", "dotnet", "/app/Sevensa.Dashboard.dll"];
        Assert.Equal(program, probe.Take(program.Length));
        var arguments = probe
            .Skip(program.Length)
            .Select(word =>
                word.StartsWith("http://", StringComparison.Ordinal)
                    ? here.GetLeftPart(UriPartial.Authority) + new Uri(word).AbsolutePath
                    : word
            )
            .ToArray();
        return await ProgramRun.ToEndAsync(arguments, []);
    }

    private static int PortOf(string service) =>
        new Uri(ProbeOf(service).Single(word => word.StartsWith("http://", StringComparison.Ordinal))).Port;

    [Fact]
    public async Task TheDashboardAnswersWhatTheStackAsksOfIt()
    {
        var (process, line) = await ProgramRun.UntilAsync(
            "Now listening on",
            [("Storage__Folder", Path.Combine(folder, "data"))]
        );
        using (process)
        {
            try
            {
                var here = new Uri(Address().Match(line).Value);
                var (code, output) = await AskAsync("dashboard", here);
                Assert.True(code == 0, output);
                // Traefik's probe, Alertmanager's hook and the runner's hub are at paths that there are.
                using var client = new HttpClient { BaseAddress = here };
                var traefik = await File.ReadAllTextAsync(
                    Path.Combine(ComposeFile.Folder, "traefik", "dynamic", "dashboard.yaml")
                );
                var probe = Regex.Match(traefik, "healthCheck: { path: (?<path>[^,]+),").Groups["path"].Value;
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(probe)).StatusCode);
                var alertmanager = await File.ReadAllTextAsync(
                    Path.Combine(ComposeFile.Folder, "alertmanager", "alertmanager.yml")
                );
                var hook = new Uri(Regex.Match(alertmanager, @"http://dashboard:\d+/\S+?(?=[\s""'}])").Value);
                Assert.Equal(PortOf("dashboard"), hook.Port);
                using var told = await client.PostAsync(hook.AbsolutePath, new StringContent("{}"));
                Assert.NotEqual(HttpStatusCode.NotFound, told.StatusCode);
                var hub = ArgumentOf("--hub");
                Assert.Equal(PortOf("dashboard"), new Uri(hub).Port);
                using var hubAnswer = await client.GetAsync("/hubs/runner");
                Assert.NotEqual(HttpStatusCode.NotFound, hubAnswer.StatusCode);
            }
            finally
            {
                process.Kill(entireProcessTree: true);
                // It writes to its folder until then.
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task TheRunnerTakesItsFlagsAndAnswersItsProbe()
    {
        var here = new Uri($"http://127.0.0.1:{Workspace.FreePort()}");
        foreach (var secret in ComposeFile.Real.Services["runner"].Secrets)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, secret), "a-token");
        }
        var metrics = ArgumentOf("--metrics");
        Assert.Equal(
            PortOf("runner"),
            int.Parse(metrics.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)
        );
        // Every flag as it is written, with what is here in place of what is in the container.
        var arguments = ComposeFile
            .List(ComposeFile.Real.Services["runner"].Fields["command"])
            .Select(word =>
                word.Replace("/run/secrets", folder, StringComparison.Ordinal)
                    .Replace("http://dashboard:8080", "http://127.0.0.1:1", StringComparison.Ordinal)
                    .Replace(metrics, here.Authority, StringComparison.Ordinal)
                    .Replace("=/data", $"={Path.Combine(folder, "data")}", StringComparison.Ordinal)
            )
            .Select(word => Variable().Replace(word, "host"))
            .ToArray();
        await using var runner = ServerProcess.Start(
            "runner",
            "dotnet",
            [Program, "runner", .. arguments],
            new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Production" },
            folder
        );
        using var client = new HttpClient { BaseAddress = here };
        await Eventually.GetAsync(
            "the runner serves its figures",
            async token =>
                (await client.GetAsync("/metrics", token)).StatusCode is HttpStatusCode.Unauthorized ? "yes" : null,
            because: () => runner.Tail()
        );
        var (code, output) = await AskAsync("runner", here);
        Assert.True(code == 0, output);
        // Prometheus asks there with the token.
        var prometheus = await File.ReadAllTextAsync(Path.Combine(ComposeFile.Folder, "prometheus", "prometheus.yml"));
        Assert.Contains($"runner:{PortOf("runner")}", prometheus, StringComparison.Ordinal);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "a-token");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/metrics")).StatusCode);
    }

    [Fact]
    public void TheImagesProbeThemselvesAsTheStackDoes()
    {
        var dockerfile = File.ReadAllText(Path.Combine(ComposeFile.Folder, "Dockerfile"));
        // The runner's stage stands before the dashboard's.
        Assert.Equal(
            [ProbeOf("runner").Skip(1), ProbeOf("dashboard").Skip(1)],
            Regex
                .Matches(dockerfile, @"HEALTHCHECK [^\[]*\[(?<words>[^\]]+)\]", RegexOptions.Singleline)
                .Select(probe => probe.Groups["words"].Value.Split(',').Select(word => word.Trim().Trim('"')))
        );
        Assert.Contains($"ASPNETCORE_HTTP_PORTS={PortOf("dashboard")}", dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void VaultsPolicyAsksForWhatEveryServerKnows()
    {
        var policy = File.ReadAllText(Path.Combine(ComposeFile.Folder, "vault", "dashboard-policy.hcl"));
        var words = Capability()
            .Matches(policy)
            .SelectMany(match => match.Groups["word"].Captures)
            .Select(word => word.Value);
        Assert.Empty(words.Distinct().Except(["create", "read", "update", "delete", "list", "sudo", "deny"]));
    }

    [Fact]
    public void NoticesHaveAWayOutWhereItIsAskedFor()
    {
        var extra = ComposeFile.Parse(File.ReadAllText(Path.Combine(ComposeFile.Folder, "compose.notices.yaml")));
        Assert.Equal(["notices"], extra.Services["dashboard"].Networks);
        Assert.DoesNotContain("internal", extra.Section("networks")["notices"].Keys);
        Assert.DoesNotContain("notices", ComposeFile.Real.Section("networks").Keys);
    }

    private static string ArgumentOf(string flag) =>
        ComposeFile
            .List(ComposeFile.Real.Services["runner"].Fields["command"])
            .Single(word => word.StartsWith(flag + "=", StringComparison.Ordinal))[(flag.Length + 1)..];

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@"\$\{[^}]+\}")]
    private static partial Regex Variable();

    [GeneratedRegex("""capabilities = \[(?:\s*"(?<word>[a-z]+)",?)+\s*\]""")]
    private static partial Regex Capability();
}
