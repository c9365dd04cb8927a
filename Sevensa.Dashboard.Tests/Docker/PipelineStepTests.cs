using System.Diagnostics;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;
using YamlDotNet.RepresentationModel;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>The steps for pipelines, run as a pipeline runs them.</summary>
public sealed partial class PipelineStepTests(SandboxApp app) : IClassFixture<SandboxApp>, IDisposable
{
    private static readonly string Folder = Path.Combine(ComposeFile.Folder, "pipelines");
    private readonly string work = Directory.CreateTempSubdirectory("sevensa-test-").FullName;

    public void Dispose() => Directory.Delete(work, recursive: true);

    [Fact]
    public async Task The_gate_step_hands_a_report_in_and_ends_as_the_verdict_is()
    {
        var digest = Digest();
        var (code, said) = await RunAsync([digest]);
        Assert.True(code == 1, said);
        Assert.StartsWith("unknown: ", said);

        var report = Report(
            """[{"VulnerabilityID":"CVE-2031-1","PkgName":"zlib","InstalledVersion":"1","FixedVersion":"2","Severity":"CRITICAL"}]"""
        );
        (code, said) = await RunAsync([$"registry.example/shop/web@{digest}", report]);
        Assert.True(code == 1, said);
        Assert.Contains("deny: ", said);
        Assert.Contains("critical\tCVE-2031-1\tzlib 1, fixed in 2", said);

        (code, said) = await RunAsync(
            [digest, Report("[]")],
            ("SEVENSA_KINDS", "vulnerability"),
            ("SEVENSA_TENANT", "rentguy")
        );
        Assert.True(code == 0, said);
        Assert.Contains("allow: ", said);
    }

    [Fact]
    public async Task What_keeps_the_gate_from_being_asked_is_told_and_is_no_verdict()
    {
        var (code, said) = await RunAsync([Digest()], ("SEVENSA_CLIENT_SECRET", "wrong-secret"));
        Assert.Equal(2, code);
        Assert.Contains("the sign-in: 401 invalid_client", said);
        Assert.DoesNotContain("wrong-secret", said);

        (code, said) = await RunAsync(["latest"]);
        Assert.Equal(2, code);
        Assert.Contains("latest is no digest", said);

        var broken = Path.Combine(work, "broken.json");
        await File.WriteAllTextAsync(broken, "{", TestContext.Current.CancellationToken);
        (code, said) = await RunAsync([Digest(), broken]);
        Assert.Equal(2, code);
        Assert.Contains("the report: 422", said);

        (code, said) = await RunAsync([Digest()], ("SEVENSA_TENANT", "nobody & more"));
        Assert.Equal(2, code);
        Assert.Contains("the verdict: 404", said);
    }

    [Fact]
    public async Task No_secret_is_an_argument_of_a_program()
    {
        var seen = Path.Combine(work, "arguments");
        var fake = Directory.CreateDirectory(Path.Combine(work, "bin")).FullName;
        foreach (var program in (string[])["curl", "jq", "sed", "grep"])
        {
            var file = Path.Combine(fake, program);
            await File.WriteAllTextAsync(
                file,
                $"#!/bin/sh\nprintf '%s\\n' \"$*\" >> {seen}\nexec /usr/bin/{program} \"$@\"\n",
                TestContext.Current.CancellationToken
            );
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var (_, said) = await RunAsync([Digest(), Report("[]")], ("PATH", $"{fake}:/usr/bin:/bin"));
        Assert.StartsWith("note: ", said);
        var arguments = await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken);
        Assert.Contains("/api/v1/scans?", arguments);
        Assert.DoesNotContain("client_secret", arguments);
        Assert.DoesNotContain("Bearer", arguments);
    }

    [Fact]
    public async Task The_ready_made_jobs_hand_over_what_the_step_reads()
    {
        var step = await File.ReadAllTextAsync(Path.Combine(Folder, "gate.sh"), TestContext.Current.CancellationToken);
        foreach (var file in (string[])["github/action.yml", "gitlab.yml"])
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Folder, file), TestContext.Current.CancellationToken);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            Assert.Single(yaml.Documents);
            var own = new HashSet<string> { "SEVENSA_DIGEST", "SEVENSA_REPORT" };
            foreach (var name in Variable().Matches(text).Select(match => match.Value).Distinct().Where(own.Add))
            {
                Assert.Contains(name, step);
            }
            Assert.Contains("\"$SEVENSA_DIGEST\" ${SEVENSA_REPORT:+\"$SEVENSA_REPORT\"}", text);
        }
        var action = await File.ReadAllTextAsync(
            Path.Combine(Folder, "github", "action.yml"),
            TestContext.Current.CancellationToken
        );
        foreach (Match input in Input().Matches(action))
        {
            Assert.Contains($"\n  {input.Groups[1].Value}:\n", action);
        }
    }

    private static string Digest() =>
        $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}";

    private string Report(string vulnerabilities)
    {
        var file = Path.Combine(work, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(
            file,
            $$"""{"SchemaVersion":2,"ArtifactName":"shop/web","ArtifactType":"container_image","Results":[{"Target":"debian","Class":"os-pkgs","Type":"debian","Vulnerabilities":{{vulnerabilities}}}]}"""
        );
        return file;
    }

    private async Task<(int Code, string Said)> RunAsync(
        string[] arguments,
        params (string Name, string Value)[] variables
    )
    {
        var start = new ProcessStartInfo("/bin/sh", [Path.Combine(Folder, "gate.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = work,
        };
        start.Environment["SEVENSA_URL"] = app.Address.AbsoluteUri;
        start.Environment["SEVENSA_CLIENT_ID"] = "sandbox-automation";
        start.Environment["SEVENSA_CLIENT_SECRET"] = "sandbox-automation";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }

    [GeneratedRegex("SEVENSA_[A-Z_]+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{\{ inputs\.([a-z-]+) \}\}")]
    private static partial Regex Input();
}
