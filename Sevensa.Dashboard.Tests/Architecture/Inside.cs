using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using NetArchTest.Rules;
using Sevensa.Dashboard.Runner;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>What a feature keeps to itself, and the order of the folders inside each room.</summary>
public class Inside
{
    private const string Features = "Sevensa.Dashboard.Features";

    private const BindingFlags Shown =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Assembly Dashboard = typeof(Sevensa.Dashboard.Platform.PlatformOptions).Assembly;

    // Reading an assembly takes longer than all that is asked of it.
    private static readonly Lazy<Types> OfDashboard = new(() => Types.InAssembly(Dashboard));
    private static readonly Lazy<Types> OfRunner = new(() => Types.InAssembly(typeof(RunnerOptions).Assembly));

    /// <summary>
    /// Razor makes every component public, and then the compiler wants the types of its parameters to be so too: these alone are
    /// let be, however they come into it.
    /// </summary>
    [Fact]
    public void A_feature_shows_its_contracts_and_its_components_alone()
    {
        var all = OfDashboard
            .Value.That()
            .ResideInNamespaceStartingWith(Features)
            .And()
            .DoNotResideInNamespaceMatching(@"\.Contracts(\.|$)")
            .And()
            .ArePublic()
            .GetTypes()
            .Where(type => type.IsVisible)
            .ToHashSet();
        var (components, others) = (all.Where(IsComponent).ToList(), all.Where(type => !IsComponent(type)).ToList());
        Assert.NotEmpty(components);
        var wanted = new HashSet<Type>(components);
        var next = new Queue<Type>(components);
        while (next.TryDequeue(out var type))
        {
            foreach (var mentioned in Mentioned(type).Where(all.Contains).Where(wanted.Add))
            {
                next.Enqueue(mentioned);
            }
        }
        var wrong = others.Except(wanted).Select(type => type.FullName).Order(StringComparer.Ordinal).ToList();
        Assert.True(
            wrong.Count == 0,
            $"Make it internal, or move it to Contracts when later features are to use it: {string.Join(", ", wrong)}"
        );
    }

    /// <summary>Of two folders side by side one stands on the other, never both; what holds a room together is in the room itself.</summary>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void Folders_side_by_side_form_no_circle(string room)
    {
        var types = room == "Runner" ? OfRunner.Value : OfDashboard.Value;
        var folders = Directory
            .GetDirectories(Path.Combine(House.Program, room))
            .Select(folder => Path.GetFileName(folder)!)
            .Where(folder => folder is not ("bin" or "obj" or "Start" or "Migrations"))
            .ToList();
        string Name(string folder) => $"Sevensa.Dashboard.{room.Replace('/', '.')}.{folder}";
        var uses = folders.ToDictionary(
            folder => folder,
            folder =>
                folders
                    .Where(other =>
                        other != folder
                        && types
                            .That()
                            .ResideInNamespaceMatching($@"^{Regex.Escape(Name(folder))}(\.|$)")
                            .And()
                            .HaveDependencyOn(Name(other))
                            .GetTypes()
                            .Any()
                    )
                    .ToList()
        );
        HashSet<string> Reached(string from)
        {
            var seen = new HashSet<string>();
            var next = new Queue<string>(uses[from]);
            while (next.TryDequeue(out var folder))
            {
                if (seen.Add(folder))
                {
                    uses[folder].ForEach(next.Enqueue);
                }
            }
            return seen;
        }
        var circle = folders.Where(folder => Reached(folder).Contains(folder)).Order(StringComparer.Ordinal).ToList();
        Assert.True(
            circle.Count == 0,
            $"In {room} these stand on each other: {string.Join(", ", circle)}. Move what both need below them, or into the room itself."
        );
    }

    public static TheoryData<string> Rooms() =>
        [
            "Platform",
            "Ui",
            "Runner",
            .. Directory
                .GetDirectories(Path.Combine(House.Program, "Features"))
                .Select(folder => $"Features/{Path.GetFileName(folder)}"),
        ];

    // What _Imports.razor becomes is no component, but Razor's too.
    private static bool IsComponent(Type type) => typeof(IComponent).IsAssignableFrom(type) || type.Name == "_Imports";

    private static IEnumerable<Type> Mentioned(Type type) =>
        type.GetMembers(Shown)
            .SelectMany(member =>
                member switch
                {
                    MethodBase { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } => [],
                    FieldInfo { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } => [],
                    MethodInfo method => method
                        .GetParameters()
                        .Select(parameter => parameter.ParameterType)
                        .Append(method.ReturnType),
                    ConstructorInfo made => made.GetParameters().Select(parameter => parameter.ParameterType),
                    FieldInfo field => [field.FieldType],
                    _ => Enumerable.Empty<Type>(),
                }
            )
            .Concat(type.GetInterfaces())
            .Concat(type.BaseType is { } under ? [under] : [])
            .Concat(type.IsNested ? [type.DeclaringType!] : [])
            .SelectMany(Parts);

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];
}
