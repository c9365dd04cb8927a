using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Who README says is there, where it says the program is, and where its links lead.</summary>
[Collection(nameof(SandboxOfPages))]
public sealed partial class TheWordsOfTheReadme(DashboardProcess dashboard)
{
    [Fact]
    public async Task Its_people_are_there_and_its_address_is_the_one_that_opens()
    {
        var names = Quoted()
            .Matches(TryIt.Named("Sign in as(?<it>.+?), password"))
            .Select(match => match.Groups["it"].Value)
            .ToList();
        Assert.Equal(6, names.Count);
        foreach (var name in names)
            (await LoadSession.SignInAsync(dashboard.Url, name, TryIt.Password)).Dispose();
        var launch = await File.ReadAllTextAsync(
            Path.Combine(Workspace.Root, "Sevensa.Dashboard", "Properties", "launchSettings.json")
        );
        Assert.Contains($"\"{TryIt.Named("at <(?<it>http[^>]+)>")}\"", launch, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("SECURITY.md")]
    [InlineData("docker/README.md")]
    public void Its_links_lead_to_files_that_are_there(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Workspace.Root, page))!;
        Assert.All(
            Link()
                .Matches(File.ReadAllText(Path.Combine(Workspace.Root, page)))
                .Select(match => match.Groups["to"].Value.Split('#')[0])
                .Where(to => to.Length > 0 && !to.Contains("://", StringComparison.Ordinal)),
            to => Assert.True(Path.Exists(Path.Combine(folder, to)), to)
        );
    }

    [GeneratedRegex("`(?<it>[^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();
}
