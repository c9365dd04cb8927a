using Microsoft.Extensions.Configuration;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Tests.Features.Databases;

public class DatabasesOptionsTests
{
    private static readonly CheckedSection[] sections =
    [
        new("Databases", typeof(DatabasesSection)),
        new(InstanceOptions.Section, typeof(InstanceOptions), IsList: true, nameof(InstanceOptions.Name)),
        new(PlacementOptions.Section, typeof(PlacementOptions), IsList: true),
        new("Databases:Proof", typeof(ProofOptions)),
    ];

    [Theory]
    [InlineData("Databases:Instance:0:Name", "x", "Databases:Instance: there is no such setting")]
    [InlineData("Databases:Instances:0:Port", "many", "Databases:Instances:0:Port: \"many\" is not a whole number")]
    [InlineData("Databases:Instances:0:Tls", "maybe", "Databases:Instances:0:Tls: \"maybe\" is not one of")]
    [InlineData("Databases:Instances:0:PasswordFile", "/none", "Databases:Instances:0:PasswordFile: there is no file")]
    [InlineData(
        "Databases:Placements:0:Instance",
        "other",
        "Databases:Placements:0:Instance: there is no instance \"other\""
    )]
    [InlineData(
        "Databases:Placements:0:VaultPath",
        "a/b",
        "Databases:Placements:0:Login: there is a password and no login"
    )]
    [InlineData(
        "Databases:Instances:1:Name",
        "Shared",
        "Databases:Instances:1:Name: \"shared\" is what Databases:Instances:0 says too"
    )]
    [InlineData("Databases:Proof:At", "25:00", "Databases:Proof:At: is a time of day")]
    public void A_mistake_is_told_by_its_key(string key, string value, string expected) =>
        Assert.Contains(Mistakes((key, value)), mistake => mistake.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void What_is_right_is_taken() => Assert.Empty(Mistakes());

    private static IReadOnlyList<string> Mistakes(params (string Key, string Value)[] changed)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Databases:Instances:0:Name"] = "shared",
            ["Databases:Instances:0:Host"] = "db",
            ["Databases:Placements:0:Tenant"] = "rentguy",
            ["Databases:Placements:0:Instance"] = "shared",
            ["Databases:Placements:0:Database"] = "shared",
            ["Databases:Proof:At"] = "never",
        };
        foreach (var (key, value) in changed)
        {
            settings[key] = value;
        }
        return CheckedOptions.Mistakes(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), sections);
    }
}
