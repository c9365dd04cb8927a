using System.ComponentModel;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>What the assistant and MCP may know of playbooks: those that are reviewed, with the text that is to be followed.</summary>
internal sealed class PlaybookTools(IServiceScopeFactory services) : IToolSource
{
    private const int Most = 20;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists a tenant's reviewed playbooks: procedures written by its people for what comes up again. With the name of one it tells its text, whose steps are to be followed in their order; parameters stand in it in braces. A person asks one by its command, without a model."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                [Description("Name of one, to have its text")] string? name = null,
                CancellationToken cancellation = default
            ) =>
            {
                await using var lifetime = services.CreateAsyncScope();
                var shelf = lifetime.ServiceProvider.GetRequiredService<PlaybookShelf>();
                var found = new List<PlaybookSeen>();
                foreach (var one in await shelf.AllAsync(caller, tenant, cancellation))
                {
                    if (one.Asked is not { } version || (name is { Length: > 0 } && one.Name != name))
                    {
                        continue;
                    }
                    var asked = (await shelf.VersionsAsync(caller, tenant, one.Name, cancellation)).First(row =>
                        row.Version == version
                    );
                    found.Add(
                        new PlaybookSeen(
                            asked.Name,
                            asked.Title,
                            version,
                            asked.Parameters,
                            name is { Length: > 0 } ? asked.Text : null,
                            asked.Link
                        )
                    );
                }
                return new PlaybooksSeen(
                    [.. found.Take(Most)],
                    Math.Max(0, found.Count - Most),
                    found is [var only] ? only.Link : $"/tenants/{tenant}/playbooks"
                );
            },
            "list_playbooks"
        );
    }

    private sealed record PlaybooksSeen(IReadOnlyList<PlaybookSeen> Playbooks, int More, string Link);

    private sealed record PlaybookSeen(
        string Name,
        string Title,
        int Version,
        IReadOnlyList<PlaybookParameter> Parameters,
        string? Text,
        string Link
    );
}
