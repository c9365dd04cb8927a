using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Configuration;

/// <summary>What would become of one thing.</summary>
/// <param name="Part">As in the file: <c>receivers</c>.</param>
/// <param name="Change"><c>add</c>, <c>change</c>, <c>remove</c>; <c>extra</c>: it is here and not in the file, and stays.</param>
/// <param name="Before">As it is now, in YAML.</param>
/// <param name="After">As it would be.</param>
internal sealed record ConfigurationChange(string Part, string Key, string Change, string? Before, string? After);

/// <summary>What can't be.</summary>
internal sealed record ConfigurationFault(string Part, string Key, string Reason);

/// <summary>The differences between a file and what there is.</summary>
/// <param name="Hash">Names exactly these differences: who applies says which they have read.</param>
/// <param name="Unchanged">How many things are as the file says.</param>
/// <param name="Faults">With any nothing is applied.</param>
internal sealed record ConfigurationPlan(
    string Hash,
    IReadOnlyList<ConfigurationChange> Changes,
    int Unchanged,
    IReadOnlyList<ConfigurationFault> Faults
);

/// <param name="Done">What was done, in the plan's order.</param>
internal sealed record ConfigurationApplied(ConfigurationPlan Plan, IReadOnlyList<ConfigurationResult> Done);

/// <param name="Failed">Why it was not done; null when it was.</param>
/// <param name="Secret">Shown once, here.</param>
/// <param name="Proposal">That it became, where it takes an approval.</param>
internal sealed record ConfigurationResult(
    string Part,
    string Key,
    string Change,
    string? Words,
    string? Failed,
    string? Secret,
    string? Proposal
);

/// <summary>The file can't be read, with the place (422).</summary>
internal sealed class UnreadableConfigurationException(string message) : Exception(message);

/// <summary>The plan that was read is no longer what would be done (409).</summary>
internal sealed class StaleConfigurationException()
    : Exception("Something changed since that plan was made. Nothing was applied; read the differences again.");

/// <summary>Something in the file can't be (422); nothing was applied.</summary>
internal sealed class FaultyConfigurationException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(
        $"Nothing was applied. {string.Join(" ", faults.Select(fault => $"{fault.Part} {fault.Key}: {fault.Reason}"))}"
    );

/// <summary>The configuration as one file: written down, compared, applied. An administrator's matter.</summary>
internal sealed partial class ConfigurationDesk(
    IEnumerable<IConfigurationPart> parts,
    IStepUp stepUp,
    IAuditLog audit,
    ILogger<ConfigurationDesk> log
)
{
    public const int LongestFile = 8 * 1024 * 1024;
    private const string VersionKey = "version";
    private const int Version = 1;

    private readonly IReadOnlyList<IConfigurationPart> parts =
    [
        .. parts.OrderBy(part => Array.IndexOf(Order, part.Name) is >= 0 and var at ? at : Order.Length),
    ];

    /// <summary>What others name comes before those who name it.</summary>
    private static readonly string[] Order =
    [
        "tenants",
        "roles",
        "clients",
        "receivers",
        "gatePolicies",
        "flows",
        "searches",
        "rotationRules",
        "dashboards",
    ];

    /// <returns>YAML; the same configuration is the same text.</returns>
    public async Task<string> WriteAsync(Caller caller, CancellationToken cancellation)
    {
        Require(caller);
        var file = new JsonObject { [VersionKey] = Version };
        foreach (var part in parts)
        {
            var section = new JsonObject();
            foreach (
                var (key, content) in (await ReadAsync(part, caller, cancellation)).OrderBy(
                    item => item.Key,
                    StringComparer.Ordinal
                )
            )
            {
                section[key] = JsonNode.Parse(content.GetRawText());
            }
            file[part.Name] = section;
        }
        return YamlText.Write(file);
    }

    /// <summary>What a file would change. Changes nothing.</summary>
    /// <param name="remove">Whether what a section of the file does not name is taken away; else it is told as extra.</param>
    /// <exception cref="UnreadableConfigurationException">422</exception>
    public async Task<ConfigurationPlan> PlanAsync(
        Caller caller,
        string text,
        bool remove,
        CancellationToken cancellation
    ) => (await CompareAsync(caller, text, remove, cancellation)).Plan;

    /// <summary>Does what the plan says, one after the other; what one can't do does not keep the others.</summary>
    /// <param name="hash">Of the plan that was read; null applies whatever differs now.</param>
    /// <param name="given">On a page, the password or a code again where the plan <see cref="TakesProof"/>.</param>
    /// <exception cref="ForbiddenException">It is wrong, or there is none, or the session is in doubt.</exception>
    /// <exception cref="UnreadableConfigurationException">422</exception>
    /// <exception cref="FaultyConfigurationException">422</exception>
    /// <exception cref="StaleConfigurationException">409</exception>
    public async Task<ConfigurationApplied> ApplyAsync(
        Caller caller,
        string text,
        bool remove,
        string? hash,
        string? given,
        CancellationToken cancellation
    )
    {
        var (plan, steps) = await CompareAsync(caller, text, remove, cancellation);
        if (plan.Faults.Count > 0)
        {
            throw new FaultyConfigurationException(plan.Faults);
        }
        if (hash is not null && hash != plan.Hash)
        {
            throw new StaleConfigurationException();
        }
        if (caller.Client is null && TakesProof(plan))
        {
            // A session alone may be a screen that somebody left; a program shows a token that was given for it.
            await stepUp.ProveAsync(caller, given ?? "", $"configuration.apply {plan.Hash[..12]}", cancellation);
        }
        await stepUp.RequireClearAsync(caller, "configuration.apply", cancellation);
        var done = new List<ConfigurationResult>();
        if (steps.Count > 0)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "configuration.applied",
                    Target: plan.Hash[..12],
                    Detail: $"{steps.Count} change{(steps.Count == 1 ? "" : "s")} from a file"
                ),
                cancellation
            );
        }
        foreach (var (part, key, change, wanted) in steps)
        {
            try
            {
                // Once one is done the answer must be given: it may hold what is shown once.
                var (words, secret, proposal) = await part.ApplyAsync(caller, key, wanted, CancellationToken.None);
                done.Add(new ConfigurationResult(part.Name, key, change, words, null, secret, proposal));
            }
            catch (Exception exception) when (exception is UnfitConfigurationException or ForbiddenException)
            {
                done.Add(new ConfigurationResult(part.Name, key, change, null, exception.Message, null, null));
            }
            catch (Exception exception)
            {
                LogFailed(exception, part.Name, key);
                const string Unforeseen =
                    "It failed for a reason that the program's log names. Compare the file again.";
                done.Add(new ConfigurationResult(part.Name, key, change, null, Unforeseen, null, null));
            }
        }
        return new ConfigurationApplied(plan, done);
    }

    /// <summary>Whether applying it lets somebody in, so that on a page the password or a code is given again.</summary>
    public bool TakesProof(ConfigurationPlan plan) =>
        plan.Changes.Any(change =>
            change.Change is "add" or "change" && parts.Any(part => part.IsAccess && part.Name == change.Part)
        );

    private async Task<(ConfigurationPlan Plan, List<Step> Steps)> CompareAsync(
        Caller caller,
        string text,
        bool remove,
        CancellationToken cancellation
    )
    {
        Require(caller);
        var file = Sections(text);
        var (changes, faults, steps) = (
            new List<ConfigurationChange>(),
            new List<ConfigurationFault>(),
            new List<Step>()
        );
        var unchanged = 0;
        foreach (var part in parts.Where(part => file.ContainsKey(part.Name)))
        {
            var now = await ReadAsync(part, caller, cancellation);
            var wanted = (JsonObject)file[part.Name]!;
            foreach (var (key, content) in wanted)
            {
                JsonElement? current = now.TryGetValue(key, out var found) ? found : null;
                try
                {
                    var after = await part.CheckAsync(
                        caller,
                        key,
                        JsonSerializer.SerializeToElement(content),
                        current,
                        cancellation
                    );
                    if (current is { } before && JsonElement.DeepEquals(before, after))
                    {
                        unchanged++;
                        continue;
                    }
                    var change = current is null ? "add" : "change";
                    changes.Add(new ConfigurationChange(part.Name, key, change, Yaml(current), Yaml(after)));
                    steps.Add(new Step(part, key, change, after));
                }
                catch (UnfitConfigurationException exception)
                {
                    faults.Add(new ConfigurationFault(part.Name, key, exception.Message));
                }
            }
            foreach (var (key, before) in now.Where(item => !wanted.ContainsKey(item.Key)))
            {
                if (!remove || part.WhyKept(key) is not null)
                {
                    changes.Add(new ConfigurationChange(part.Name, key, "extra", Yaml(before), Yaml(before)));
                    continue;
                }
                changes.Add(new ConfigurationChange(part.Name, key, "remove", Yaml(before), null));
                steps.Add(new Step(part, key, "remove", null));
            }
        }
        var hash = CanonicalJson.Hash(JsonSerializer.SerializeToElement(changes));
        return (new ConfigurationPlan(hash, changes, unchanged, faults), steps);
    }

    private static JsonNode? Yaml(string text)
    {
        try
        {
            return YamlText.Read(text);
        }
        catch (UnreadableYamlException exception)
        {
            throw new UnreadableConfigurationException(exception.Message);
        }
    }

    /// <summary>The parts that the file has, each an object.</summary>
    private JsonObject Sections(string text)
    {
        if (Yaml(text) is not JsonObject file)
        {
            throw new UnreadableConfigurationException(
                "The file is no configuration. It is YAML with the parts as GET /api/v1/configuration writes them."
            );
        }
        if (file[VersionKey] is { } version && version.ToJsonString() != "1")
        {
            throw new UnreadableConfigurationException($"This program reads version {Version} of the file.");
        }
        file.Remove(VersionKey);
        foreach (var (name, section) in file.ToList())
        {
            if (!parts.Any(part => part.Name == name))
            {
                throw new UnreadableConfigurationException(
                    $"\"{name}\" is no part of the configuration. There are {string.Join(", ", parts.Select(part => part.Name))}."
                );
            }
            file[name] = section switch
            {
                null => new JsonObject(),
                JsonObject map when map.All(item => item.Value is JsonObject) => map.DeepClone(),
                _ => throw new UnreadableConfigurationException(
                    $"The part {name} holds one object for each key, as GET /api/v1/configuration writes it."
                ),
            };
        }
        return file;
    }

    private static async Task<Dictionary<string, JsonElement>> ReadAsync(
        IConfigurationPart part,
        Caller caller,
        CancellationToken cancellation
    ) =>
        (await part.ReadAsync(caller, cancellation)).ToDictionary(
            item => item.Key,
            item => item.Content,
            StringComparer.Ordinal
        );

    private static string? Yaml(JsonElement? content) =>
        content is { } element ? YamlText.Write(JsonNode.Parse(element.GetRawText())) : null;

    private static void Require(Caller caller)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException("The configuration as a file is for administrators.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration of {Part} {Key} could not be applied")]
    private partial void LogFailed(Exception exception, string part, string key);

    private sealed record Step(IConfigurationPart Part, string Key, string Change, JsonElement? Wanted);
}
