using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>Who may import whom, read from the sources so that what the compiler erases is seen too.</summary>
public partial class ImportOrder
{
    [GeneratedRegex(
        @"(?:using\s+(?:static\s+)?|@using\s+|@inject\s+|@inherits\s+|(?<![\w.]))(?:global::)?(?:Sevensa\.Dashboard\.)?(?<name>(?:Features|Platform|Protocol|Ui|Runner|Sandbox)\.[A-Z][\w.]*)"
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
            ("Protocol", "Protocol") => null,
            ("Protocol", _) =>
                "Protocol imports nothing of ours: it is what dashboard and runner have in common. Move the code to whoever needs it.",
            ("Sandbox", "Protocol") =>
                "Sandbox stands in for upstreams; the runners' protocol is spoken to it by nobody.",
            (_, "Protocol") => null,
            ("Platform", _)
                when path.StartsWith("Platform/Start/", StringComparison.Ordinal) && name != "Platform.Start" =>
                "Platform/Start is a project of its own, which the runner has too: it imports nothing of ours.",
            ("Platform", "Platform") => null,
            ("Platform", _) =>
                "Platform imports nothing of ours. Declare a port in Platform, or move the code to the feature.",
            ("Ui", "Ui" or "Platform") => null,
            ("Ui", _) => "Ui imports Platform only. Declare a port in Ui that the feature implements.",
            ("Runner", "Runner") => null,
            ("Runner", "Platform") when name == "Platform.Start" => null,
            ("Runner", _) => "Runner imports Protocol and Platform/Start: it is a program of its own.",
            ("Sandbox", "Sandbox" or "Platform") => null,
            ("Sandbox", _) => "Sandbox knows protocols, not features: it imports Platform.",
            ("Features", "Platform" or "Ui") => null,
            ("Features", "Features") => FeatureComplaint(from[1], to),
            ("Features", _) => "A feature does not know the runner or the sandbox; use Contracts.",
            _ => null,
        };
    }

    /// <summary>A global using hides who uses it, so the compiled types are asked.</summary>
    [Fact]
    public void Of_the_protocol_platform_uses_canonical_json_alone_and_ui_and_sandbox_nothing()
    {
        var protocol = typeof(CanonicalJson).Assembly.GetTypes().Where(type => type.IsPublic).ToList();
        Assert.Contains(typeof(ActionPlan), protocol);
        Check("Platform", protocol.Where(type => type != typeof(CanonicalJson)));
        Check("Ui", protocol);
        Check("Sandbox", protocol);

        static void Check(string room, IEnumerable<Type> forbidden)
        {
            var wrong = Types
                .InAssembly(typeof(Sevensa.Dashboard.Platform.PlatformOptions).Assembly)
                .That()
                .ResideInNamespaceStartingWith($"Sevensa.Dashboard.{room}")
                .ShouldNot()
                .HaveDependencyOnAny([.. forbidden.Select(type => type.FullName)])
                .GetResult();
            Assert.True(
                wrong.IsSuccessful,
                $"{room} knows of runners by {string.Join(", ", wrong.FailingTypeNames ?? [])}. Leave that to Hosts or Actions."
            );
        }
    }

    [Fact]
    public void The_protocol_knows_no_store_page_or_engine()
    {
        var referenced = typeof(CanonicalJson).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
        Assert.NotEmpty(referenced);
        Assert.All(referenced, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
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
