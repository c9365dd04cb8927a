using System.Text.RegularExpressions;
using Sevensa.Dashboard.Runner;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>Each vendor has one home.</summary>
public class VendorHomes
{
    [Theory]
    [InlineData(
        @"Docker\.DotNet",
        "^$",
        "Docker is spoken to by the runner only, in Docker's own JSON; the web side sees containers as facts."
    )]
    [InlineData(@"OpenIddict", "^Features/Identity/", "OpenIddict lives in Identity.")]
    [InlineData(@"MaxMind", "^Features/Identity/Accounts/Places/", "Databases of addresses are read in Identity.")]
    [InlineData(@"(MailKit|MimeKit)", "^Features/Actions/Notices/", "Mail is sent by the notices of Actions.")]
    [InlineData(@"StackExchange\.Redis", "^Platform/Wire/", "Redis is spoken to by the wire.")]
    [InlineData(@"(OllamaSharp|OpenAI)", "^Features/Assistant/", "The chat model lives in Assistant.")]
    [InlineData(@"MudBlazor", @"^Ui/|\.razor$", "MudBlazor is used in .razor files and Ui.")]
    [InlineData(
        @"Microsoft\.EntityFrameworkCore",
        @"^Platform/(Storage|Backups|Sealing)/|^Platform/Http/RowOrder\.cs$|Store\.cs$|^Features/Identity/",
        "EF Core stays in *Store classes, Platform/Storage and what copies, seals and pages it."
    )]
    [InlineData(
        @"Npgsql",
        "^Platform/(Storage|Backups)/|^Features/Databases/|^Sandbox/",
        "Npgsql by hand lives in Databases."
    )]
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
    public void The_runner_is_built_without_storage_pages_or_identity()
    {
        var parts = typeof(RunnerOptions).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
        Assert.Contains("Sevensa.Dashboard.Protocol", parts);
        Assert.DoesNotContain(
            parts,
            name =>
                Regex.IsMatch(
                    name,
                    @"^(Sevensa\.Dashboard$|Microsoft\.EntityFrameworkCore|Microsoft\.AspNetCore\.(Components|Identity)|MudBlazor|MessagePack|Docker\.DotNet)"
                )
        );
    }
}
