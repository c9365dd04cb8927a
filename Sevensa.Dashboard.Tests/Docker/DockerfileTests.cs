using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Docker;

public sealed partial class DockerfileTests
{
    private static readonly string text = File.ReadAllText(Path.Combine(ComposeFile.Folder, "Dockerfile"));

    private static string LastStage => text[text.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];

    [Fact]
    public void EveryBaseIsPinnedToAnExactVersion()
    {
        var bases = From().Matches(text).Select(match => match.Groups["image"].Value).ToArray();
        Assert.True(bases.Length >= 3);
        Assert.All(bases, image => Assert.Matches(@":[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9-]+)?$", image));
    }

    [Fact]
    public void TheLastStageHasNoSdkAndNoShell() =>
        Assert.Matches(@"^\nFROM [^\s]+/dotnet/aspnet:[^\s]+-chiseled", LastStage);

    [Fact]
    public void ItRunsAsAUserThatIsNotRoot()
    {
        var user = Regex.Match(LastStage, @"(?m)^USER (\d+):(\d+)$");
        Assert.True(user.Success, "The last stage names its user by number");
        Assert.NotEqual("0", user.Groups[1].Value);
        Assert.Equal(ComposeFile.Real.Services["dashboard"].Text("user"), $"{user.Groups[1]}:{user.Groups[2]}");
        Assert.Contains($"--chown={user.Groups[1]}:{user.Groups[2]} /data /data", LastStage, StringComparison.Ordinal);
    }

    [Fact]
    public void TheRunnersImageHasTheProgramAloneAndAUserThatIsNotRoot()
    {
        var stage = Regex
            .Match(text, @"(?ms)^FROM \S+/dotnet/runtime-deps:\S+-chiseled-extra AS runner$.*?(?=^# Built|^FROM )")
            .Value;
        Assert.Matches(@"(?m)^ENTRYPOINT \[""/app/sevensa-runner""\]$", stage);
        Assert.Matches("(?m)^VOLUME /data$", stage);
        var runner = ComposeFile.Real.Services["runner"];
        Assert.Contains($"USER {runner.Text("user")}\n", stage, StringComparison.Ordinal);
        Assert.StartsWith("sevensa/runner:", runner.Image, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(stage, "(?m)^COPY --from=runner-build "));
    }

    [Fact]
    public void OnlyTheDataFolderIsWritten()
    {
        Assert.Matches("(?m)^VOLUME /data$", LastStage);
        Assert.Contains("Storage__Folder=/data", LastStage, StringComparison.Ordinal);
        Assert.Contains("dashboard-data:/data", ComposeFile.Real.Services["dashboard"].Volumes);
        Assert.Contains("runner-data:/data", ComposeFile.Real.Services["runner"].Volumes);
    }

    [Fact]
    public void ItAsksItselfWhetherItIsHealthy()
    {
        Assert.Matches(
            @"HEALTHCHECK [^\n]*\\\n\s+CMD \[""dotnet"", ""/app/Sevensa.Dashboard.dll"", ""healthcheck""",
            LastStage
        );
        Assert.Matches(@"(?m)^ENTRYPOINT \[""dotnet"", ""/app/Sevensa.Dashboard.dll""\]$", LastStage);
    }

    [Fact]
    public void WhatItCopiesExistsAndIsNotIgnored()
    {
        var root = ComposeFile.FindRoot();
        var ignored = File.ReadAllLines(Path.Combine(root, ".dockerignore"));
        foreach (Match copy in Copy().Matches(text))
        {
            var parts = copy.Groups["paths"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var source in parts[..^1])
            {
                Assert.True(Path.Exists(Path.Combine(root, source)), $"{source} does not exist");
                Assert.DoesNotContain(source, ignored);
            }
        }
    }

    [GeneratedRegex(@"(?m)^FROM (?<image>\S+)")]
    private static partial Regex From();

    [GeneratedRegex(@"(?m)^COPY (?!--from)(?<paths>[^\n\\]+)$")]
    private static partial Regex Copy();
}
