using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>Each vendor has one home.</summary>
public class VendorHomes
{
    [Theory]
    [InlineData(
        @"Docker\.DotNet",
        "^Runner/",
        "Docker is spoken to by the runner only; the web side sees containers as facts."
    )]
    [InlineData(@"OpenIddict", "^Features/Identity/", "OpenIddict lives in Identity.")]
    [InlineData(@"(MailKit|MimeKit)", "^Features/Actions/Notices/", "Mail is sent by the notices of Actions.")]
    [InlineData(@"(OllamaSharp|OpenAI)", "^Features/Assistant/", "The chat model lives in Assistant.")]
    [InlineData(@"MudBlazor", @"^Ui/|\.razor$", "MudBlazor is used in .razor files and Ui.")]
    [InlineData(
        @"Microsoft\.EntityFrameworkCore",
        @"^Platform/Storage/|Store\.cs$|^Features/Identity/",
        "EF Core stays in *Store classes and Platform/Storage."
    )]
    [InlineData(@"Npgsql", "^Platform/Storage/|^Features/Databases/|^Sandbox/", "Npgsql by hand lives in Databases.")]
    public void Is_used_at_home_only(string vendor, string home, string why)
    {
        var strangers = House
            .Sources(".cs", ".razor")
            .Where(path => !Regex.IsMatch(path, home))
            .Where(path => Regex.IsMatch(House.Read(path), $@"(?m)^\s*@?using (static )?{vendor}"))
            .ToList();
        Assert.True(strangers.Count == 0, $"{why} Found in: {string.Join(", ", strangers)}");
    }

    [Fact]
    public void The_runner_starts_without_storage_pages_or_identity()
    {
        var wrong = House
            .Sources(".cs")
            .Where(path => path.StartsWith("Runner/", StringComparison.Ordinal))
            .Where(path =>
                Regex.IsMatch(
                    House.Read(path),
                    @"using (Microsoft\.EntityFrameworkCore|Microsoft\.AspNetCore\.(Components|Identity)|MudBlazor|.*Platform\.Storage)"
                )
            )
            .ToList();
        Assert.True(wrong.Count == 0, string.Join(", ", wrong));
    }
}
