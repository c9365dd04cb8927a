using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;

namespace Sevensa.Dashboard.Features.Containers.Hardening;

/// <summary>Which failing items are to be put right, and how.</summary>
/// <param name="Items">In the benchmark's order.</param>
/// <param name="Keep">Capabilities that stay; null for those that were added and lead nowhere.</param>
internal sealed record HardenChoices(
    IReadOnlyList<string> Items,
    string? User,
    IReadOnlyList<string>? Keep,
    IReadOnlyList<string> Tmpfs,
    long? MemoryBytes,
    double? Cpus,
    long Processes,
    string Address,
    int Grace
)
{
    private const long MiB = 1 << 20;

    public static string Schema { get; } =
        $$"""
            "items": { "type": "array", "minItems": 1, "maxItems": 20,
              "items": { "type": "string", "pattern": "^[245]\\.[0-9]{1,2}$", "maxLength": 4 },
              "description": "Failing items of the posture, by number: {{string.Join(
                ", ",
                HardeningItems.All.Select(item => $"{item.Key} {item.Value}")
            )}}." },
            "user": { "type": "string", "minLength": 1, "maxLength": 129, "description": "For 4.1: user or user:group, not root. Left out, the user that the image names." },
            "keepCapabilities": { "type": "array", "maxItems": 20, "items": { "type": "string", "pattern": "^[A-Za-z_]{3,32}$" },
              "description": "For 5.4: capabilities that it has now and needs; all others are dropped." },
            "tmpfs": { "type": "array", "maxItems": 20, "items": { "type": "string", "minLength": 2, "maxLength": 255 }, "default": ["/tmp"],
              "description": "For 5.13: folders that it writes, from then on in memory." },
            "memoryMiB": { "type": "integer", "minimum": 6, "maximum": 16777216, "description": "For 5.11." },
            "cpus": { "type": "number", "minimum": 0.01, "maximum": 1024, "description": "For 5.12: processors, 0.5 is half of one." },
            "pidsLimit": { "type": "integer", "minimum": 1, "maximum": 4194304, "default": 200, "description": "For 5.29." },
            "address": { "type": "string", "minLength": 2, "maxLength": 45, "default": "127.0.0.1", "description": "For 5.14: the host's address that open ports are bound to." },
            {{Schemas.Grace}},
            {{Schemas.Host}}
            """;

    /// <exception cref="CannotPlanException">An item is none that can be put right so, or a value is none.</exception>
    public static HardenChoices Of(JsonElement parameters)
    {
        var items = ItemsOf(parameters);
        if (items.FirstOrDefault(item => !HardeningItems.All.ContainsKey(item)) is { } other)
        {
            throw new CannotPlanException($"{other} can't be put right by {HardeningItems.Kind}: {WhyNot(other)}");
        }
        var choices = new HardenChoices(
            items,
            PlanBench.Text(parameters, "user"),
            parameters.TryGetProperty("keepCapabilities", out _)
                ? [.. PlanBench.Texts(parameters, "keepCapabilities").Select(Capabilities.Bare).Distinct()]
                : null,
            [.. PlanBench.Texts(parameters, "tmpfs").Select(folder => folder.TrimEnd('/')).Distinct()],
            parameters.TryGetProperty("memoryMiB", out var mib) ? mib.GetInt64() * MiB : null,
            parameters.TryGetProperty("cpus", out var cpus) ? cpus.GetDouble() : null,
            parameters.GetProperty("pidsLimit").GetInt64(),
            PlanBench.Text(parameters, "address")!,
            parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32()
        );
        return choices.Fault() is { } fault ? throw new CannotPlanException(fault) : choices;
    }

    /// <summary>As they are asked for, 5.2 before 5.11.</summary>
    public static IReadOnlyList<string> ItemsOf(JsonElement parameters) =>
        [.. PlanBench.Texts(parameters, "items").OrderBy(Order)];

    public bool Wants(string item) => Items.Contains(item);

    private string? Fault() =>
        Wants(HardeningItems.User) && User is not null && !HardenWords.IsUser(User)
            ? "The parameter user of service.harden is a user or user:group by name or number, and not root."
        : Wants(HardeningItems.Ports) && !HardenWords.IsAddress(Address)
            ? "The parameter address of service.harden is one IP address of the host, and not all of them."
        : Wants(HardeningItems.ReadOnlyRoot) && Tmpfs.FirstOrDefault(folder => !HardenWords.IsFolder(folder)) is { } odd
            ? $"The parameter tmpfs of service.harden is a list of folders by their whole path; \"{odd}\" is none."
        : Wants(HardeningItems.Capabilities) && Keep?.FirstOrDefault(Capabilities.LeadingOut.Contains) is { } leading
            ? $"{leading} leads out of a container: with it 5.4 would fail as before. Leave it out of keepCapabilities, or make an exception."
        : Wants(HardeningItems.Memory) && MemoryBytes is null
            ? "5.11 needs the parameter memoryMiB: somewhat above what it uses at its busiest."
        : Wants(HardeningItems.Processors) && Cpus is null ? "5.12 needs the parameter cpus."
        : null;

    private static string WhyNot(string item) =>
        item switch
        {
            "5.10" =>
                "which network it needs instead of the host's, and which ports of it, nobody can tell who does not know the application. Its patch on the posture page is a beginning.",
            "5.16" or "5.17" or "5.21" or "5.31" =>
                "what it does in the host's namespace would be gone, and nothing tells whether it needs it. Its patch on the posture page takes it away.",
            "5.6" or "5.18" or "5.20" or "5.32" =>
                "it is about a mount or a device of the host, without which the container is another one. Its patch on the posture page takes it away.",
            "5.27" => "how it is asked whether it is well, is for whoever knows the application.",
            _ => item.StartsWith('2') || item == "5.1"
                ? "it is about the engine, not about a container."
                : $"there are {string.Join(", ", HardeningItems.All.Keys)}.",
        };

    private static int Order(string item) =>
        item.Split('.') is [var chapter, var number] ? int.Parse(chapter, null) * 100 + int.Parse(number, null) : 0;
}
