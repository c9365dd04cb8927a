using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>Who may import whom, read from the sources so that what the compiler erases is seen too.</summary>
public partial class ImportOrder
{
    [GeneratedRegex(
        @"(?:using\s+(?:static\s+)?|@using\s+|@inject\s+|@inherits\s+|(?<![\w.]))(?:global::)?(?:Sevensa\.Dashboard\.)?(?<name>(?:Features|Platform|Ui|Runner|Sandbox)\.[A-Z][\w.]*)"
    )]
    private static partial Regex Reference();

    [Fact]
    public void Every_feature_folder_has_a_rank()
    {
        var unranked = Directory
            .GetDirectories(Path.Combine(House.Program, "Features"))
            .Select(Path.GetFileName)
            .Except(House.Order)
            .ToList();
        Assert.True(
            unranked.Count == 0,
            $"Features/{string.Join(", ", unranked)} has no place in the order. Give it one in House.Order and ARCHITECTURE.md."
        );
    }

    [Fact]
    public void Every_feature_has_one_door()
    {
        var missing = Directory
            .GetDirectories(Path.Combine(House.Program, "Features"))
            .Select(folder => Path.GetFileName(folder)!)
            .Where(feature => !File.Exists(Path.Combine(House.Program, "Features", feature, $"{feature}Feature.cs")))
            .ToList();
        Assert.True(
            missing.Count == 0,
            $"No door: {string.Join(", ", missing.Select(name => $"Features/{name}/{name}Feature.cs"))}"
        );
    }

    [Fact]
    public void Imports_follow_the_order()
    {
        var wrong = new List<string>();
        foreach (var path in House.Sources(".cs", ".razor").Where(path => path.Contains('/')))
        {
            foreach (
                var name in Reference()
                    .Matches(Code(House.Read(path)))
                    .Select(match => match.Groups["name"].Value)
                    .Distinct()
            )
            {
                if (Complaint(path, name) is { } complaint)
                {
                    wrong.Add($"{path} uses {name}: {complaint}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string? Complaint(string path, string name)
    {
        var from = path.Split('/');
        var to = name.Split('.');
        return (from[0], to[0]) switch
        {
            ("Platform", "Platform") => null,
            ("Platform", _) =>
                "Platform imports nothing of ours. Declare a port in Platform, or move the code to the feature.",
            ("Ui", "Ui" or "Platform") => null,
            ("Ui", _) => "Ui imports Platform only. Declare a port in Ui that the feature implements.",
            ("Runner", "Runner" or "Platform") => null,
            ("Runner", "Features") when to.Length > 2 && to[1] is "Actions" or "Hosts" && to[2] == "Contracts" => null,
            ("Runner", _) => "Runner imports Actions/Contracts, Hosts/Contracts and Platform.",
            ("Sandbox", "Sandbox" or "Platform") => null,
            ("Sandbox", _) => "Sandbox knows protocols, not features: it imports Platform.",
            ("Features", "Platform" or "Ui") => null,
            ("Features", "Features") => FeatureComplaint(from[1], to),
            ("Features", _) => "A feature does not know the runner or the sandbox; use Contracts.",
            _ => null,
        };
    }

    private static string? FeatureComplaint(string feature, string[] to)
    {
        if (to.Length < 2 || to[1] == feature)
        {
            return null;
        }
        var (own, other) = (Rank(feature), Rank(to[1]));
        if (other < 0)
        {
            return null;
        }
        if (other > own)
        {
            return $"{to[1]} comes after {feature}. Declare a port in Features/{feature}/Contracts that {to[1]} implements, or raise an event.";
        }
        return to.Length > 2 && to[2] == "Contracts"
            ? null
            : $"only Features/{to[1]}/Contracts may be used from outside {to[1]}.";
    }

    private static int Rank(string feature) => House.Order.ToList().IndexOf(feature);

    /// <summary>Comments may name whatever they like.</summary>
    private static string Code(string text) =>
        Regex.Replace(text, @"//.*?$|/\*.*?\*/|@\*.*?\*@", "", RegexOptions.Multiline);
}
