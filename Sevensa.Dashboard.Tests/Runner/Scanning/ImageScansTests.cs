using Sevensa.Dashboard.Runner.Scanning;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Scanning;

/// <summary>What runs on a host is scanned by the program that its owner has named, and nothing else is.</summary>
public sealed class ImageScansTests
{
    private static string Recorded(string folder, string file) =>
        Path.GetFullPath(Path.Combine(Recordings.Recorded.Folder(), folder, file));

    [Fact]
    public async Task Each_image_that_runs_is_scanned_once_and_again_by_the_schedule()
    {
        using var host = new StandInScanner($"cat '{Recorded("trivy", "image.json")}'");
        host.Run();
        host.Run("rentguy-api-2");
        Assert.True(await host.TurnAsync());
        Assert.False(await host.TurnAsync());
        var (of, report) = Assert.Single(host.Taken);
        Assert.Equal(new ScannedImage("trivy", StandInScanner.Digest, "linux/amd64", "vulnerability"), of);
        Assert.Equal(
            await File.ReadAllTextAsync(Recorded("trivy", "image.json"), TestContext.Current.CancellationToken),
            report
        );
        host.Time.Advance(TimeSpan.FromHours(23));
        Assert.False(await host.TurnAsync());
        host.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await host.TurnAsync());
        Assert.Equal(2, host.Taken.Count);
    }

    [Fact]
    public async Task What_a_deploy_brings_is_scanned_at_the_next_look()
    {
        using var host = new StandInScanner($"cat '{Recorded("trivy", "image.json")}'");
        host.Run();
        Assert.True(await host.TurnAsync());
        Assert.False(await host.TurnAsync());
        var fresh = $"sha256:{new string('7', 64)}";
        host.Run(digest: fresh);
        Assert.True(await host.TurnAsync());
        Assert.Equal(fresh, host.Taken[1].Of.ImageId);
    }

    [Fact]
    public async Task Its_arguments_are_the_owners_and_the_image_is_the_last_and_an_id()
    {
        using var host = new StandInScanner("echo '{}'", kinds: "vulnerability,secret");
        host.Run(digest: "--output=/etc/passwd");
        Assert.False(await host.TurnAsync());
        host.Run("rentguy-api-2");
        Assert.True(await host.TurnAsync());
        Assert.Equal(
            [
                "image",
                "--image-src",
                "docker",
                "--format",
                "json",
                "--no-progress",
                "--scanners",
                "vuln,secret",
                "--offline-scan",
                StandInScanner.Digest,
            ],
            host.Asked
        );
        Assert.Equal("vulnerability,secret", host.Taken[0].Of.Kinds);
        Assert.Contains("DOCKER_HOST=unix:///run/docker.sock", host.Environment);
        Assert.DoesNotContain(host.Environment, line => line.StartsWith("DOTNET_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("echo 'write /var/lib/docker/x: no space left on device' >&2; exit 1", "The disk is full")]
    [InlineData(
        "echo 'the vulnerability database was built 9 days ago (max allowed age is 5 days)' >&2; exit 1",
        "too old"
    )]
    [InlineData("echo 'FATAL failed to download vulnerability DB: dial tcp' >&2; exit 1", "could not be fetched")]
    [InlineData("echo 'Error: No such image: sha256:23c0' >&2; exit 1", "The image is gone from this host")]
    [InlineData("echo 'unforeseen' >&2; exit 3", "trivy ended with 3. It says: unforeseen")]
    [InlineData("head -c 40000000 /dev/zero", "larger than 32 MB")]
    public async Task What_goes_wrong_is_told_in_words_and_tried_again_after_an_hour(string does, string words)
    {
        using var host = new StandInScanner(does);
        host.Run();
        Assert.True(await host.TurnAsync());
        Assert.False(await host.TurnAsync());
        Assert.Empty(host.Taken);
        var failed = Assert.Single(host.Report.Failed);
        Assert.Equal((StandInScanner.Digest, "rentguy/api:2.4.1"), (failed.ImageId, failed.Image));
        Assert.Contains(words, failed.Why, StringComparison.Ordinal);
        host.Write($"cat '{Recorded("trivy", "image.json")}'");
        host.Time.Advance(ImageScans.Again);
        Assert.True(await host.TurnAsync());
        Assert.Single(host.Taken);
        Assert.False(await host.TurnAsync());
        var told = host.Report;
        Assert.Empty(told.Failed);
        Assert.Equal((1, 0), (told.Scanned, told.Waiting));
        Assert.Equal("0.76.0", told.Version);
    }

    [Fact]
    public async Task An_image_that_docker_has_no_more_is_told_so()
    {
        using var host = new StandInScanner("echo '{}'");
        host.Run();
        host.Works.Images.Clear();
        await host.TurnAsync();
        Assert.Contains("gone from this host", host.Report.Failed[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_program_nothing_is_scanned_and_that_is_told()
    {
        using var host = new StandInScanner("echo '{}'");
        host.Run();
        File.Delete(host.Program);
        Assert.False(await host.TurnAsync());
        Assert.Contains("There is no program", host.Report.Trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kinds: [container.restart]", 0, "image.scan among the kinds")]
    [InlineData("tenants: [witcom]", 0, null)]
    [InlineData("images: ['witcom/*']", 0, null)]
    [InlineData("hours: ['01:00-02:00']", 0, null)]
    [InlineData("kinds: [image.scan]\ntenants: [rentguy]", 1, null)]
    public async Task The_hosts_own_policy_holds_for_the_schedule_too(string policy, int scanned, string? trouble)
    {
        using var host = new StandInScanner("echo '{}'", policy);
        host.Run();
        await host.TurnAsync();
        Assert.Equal(scanned, host.Taken.Count);
        var told = host.Report;
        Assert.Equal(trouble is not null, told.Trouble?.Contains(trouble!, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Lists_of_parts_are_matched_in_the_hours_of_the_hosts_own_policy_alone()
    {
        using var host = new StandInScanner("echo '{}'", "hours: ['13:00-14:00']");
        host.Lists.Add(new PartsToMatch("abc", "rentguy/api:2.4.1"));
        Assert.False(await host.TurnAsync());
        Assert.Empty(host.Taken);
        host.Time.Advance(TimeSpan.FromMinutes(90));
        Assert.True(await host.TurnAsync());
        Assert.Equal("abc", Assert.Single(host.Taken).Of.Parts);
    }

    [Fact]
    public async Task Trouble_with_the_policy_is_told_no_more_when_it_is_over()
    {
        const string allowing = "kinds: [image.scan]";
        using var host = new StandInScanner("echo '{}'", allowing);
        host.Run();
        Assert.True(await host.TurnAsync());
        await File.WriteAllTextAsync(host.Policy!, "kinds: [container.restart]", TestContext.Current.CancellationToken);
        Assert.False(await host.TurnAsync());
        Assert.NotNull(host.Report.Trouble);
        await File.WriteAllTextAsync(host.Policy!, allowing, TestContext.Current.CancellationToken);
        Assert.False(await host.TurnAsync());
        Assert.Equal((null, "0.76.0"), (host.Report.Trouble, host.Report.Version));
    }

    [Fact]
    public async Task A_connection_that_ends_while_a_report_is_sent_is_a_failure_and_no_cancelling()
    {
        using var host = new StandInScanner("echo '{}'") { IsCut = true };
        host.Run();
        Assert.True(await host.TurnAsync());
        Assert.Contains("connection", Assert.Single(host.Report.Failed).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_nobodys_is_left_alone()
    {
        using var host = new StandInScanner("echo '{}'");
        host.Run(tenant: null);
        Assert.False(await host.TurnAsync());
    }

    [Fact]
    public async Task A_scanner_that_hangs_is_ended_when_its_time_is_over()
    {
        using var host = new StandInScanner("echo 'begun' >&2; exec sleep 600");
        var container = host.Run();
        var scan = host.Scans.ScanAsync(container, _ => { }, TestContext.Current.CancellationToken);
        await host.SaysAsync("begun");
        host.Time.Advance(TimeSpan.FromMinutes(15));
        var exception = await Assert.ThrowsAsync<ScanException>(() => scan);
        Assert.Contains("not done after 15 minutes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_dashboard_does_not_take_counts_as_not_scanned()
    {
        using var host = new StandInScanner("echo '{}'");
        host.Run();
        host.Answer = new ScanAnswer(false, "It belongs to tenants that you don't see.");
        await host.TurnAsync();
        Assert.Contains("tenants that you don't see", host.Report.Failed[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_parts_is_matched_once_for_each_state_of_the_advisories()
    {
        using var host = new StandInScanner("echo '{}'");
        host.Lists.Add(new PartsToMatch("abc", "rentguy/api:2.4.1"));
        Assert.True(await host.TurnAsync());
        Assert.Equal(("abc", "{\"bomFormat\":\"CycloneDX\"}"), (host.Taken[0].Of.Parts, host.Taken[0].Report));
        host.Time.Advance(PartsMatches.AskAgain);
        Assert.False(await host.TurnAsync());
        await File.WriteAllTextAsync(
            host.Program,
            (await File.ReadAllTextAsync(host.Program, TestContext.Current.CancellationToken)).Replace(
                "2026-01-29",
                "2026-01-30",
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        host.Time.Advance(PartsMatches.AskAgain);
        Assert.True(await host.TurnAsync());
        Assert.Equal(2, host.Taken.Count);
    }

    [Theory]
    [InlineData("/usr/bin/curl", "vulnerability")]
    [InlineData("grype", "vulnerability,secret")]
    [InlineData("trivy", "everything")]
    public void Only_scanners_that_are_known_are_run_for_what_they_can_find(string program, string kinds) =>
        Assert.Throws<FormatException>(() => ScannerSettings.Parse(program, null, kinds, 24, 15, "unix:///x", null));

    [Fact]
    [Trait("Needs", "Trivy")]
    public Task A_real_trivy_says_its_version() => SaysItsVersionAsync("trivy");

    [Fact]
    [Trait("Needs", "Grype")]
    public Task A_real_grype_says_its_version() => SaysItsVersionAsync("grype");

    private static async Task SaysItsVersionAsync(string name)
    {
        using var folder = new TemporaryFolder();
        var settings = ScannerSettings.Parse(name, null, "vulnerability", 24, 15, "unix:///var/run/docker.sock", null);
        var program = new ScannerProgram(settings, folder.Path, TimeProvider.System);
        Assert.SkipWhen(program.Path is null, $"There is no {name} on this machine.");
        var run = await program.RunAsync(settings.ForVersion, _ => { }, TestContext.Current.CancellationToken);
        Assert.NotNull(ScannerWords.About(PartsMatches.Unpacked(run.Packed!)).Version);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("scanner-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
