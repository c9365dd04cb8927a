using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy that was read, and what of the sentence that it came from was not.</summary>
internal sealed record PolicyRead(
    string Tenant,
    PolicyDefinition Definition,
    string? Text,
    IReadOnlyList<string> Unread,
    IReadOnlyList<string> Notes
);

/// <summary>Writes down what policies say, each time with a row of the record before it.</summary>
internal sealed class PolicyFiling(
    PolicyStore store,
    StoreLocks locks,
    IAuditLog audit,
    PolicyNews news,
    TimeProvider time
)
{
    /// <summary>Who adds to a tenant's policies holds it: there are not more of them than are kept.</summary>
    public static string LockOf(string tenant) => $"policies of {tenant}";

    /// <param name="id">Null for one of its own.</param>
    /// <param name="why">For the record, where there is more to say than the sentence that it came from.</param>
    /// <exception cref="PolicyConflictException">409: there are as many as are kept.</exception>
    public async Task<PolicyRow> KeepAsync(
        PolicyRead read,
        AuditActor by,
        CancellationToken cancellation,
        string? id = null,
        string? why = null
    )
    {
        await using var alone = await locks.TakeAsync([LockOf(read.Tenant)], cancellation);
        await CheckRoomAsync(read.Tenant, 1, cancellation);
        return await AddAsync(read, by, cancellation, id, why);
    }

    /// <exception cref="PolicyConflictException">409: so many more are not kept.</exception>
    public async Task CheckRoomAsync(string tenant, int more, CancellationToken cancellation)
    {
        if (await store.CountAsync(tenant, cancellation) + more > PolicyDesk.Most)
        {
            throw new PolicyConflictException(
                $"{tenant} has no room for {(more == 1 ? "another policy" : $"{more} more policies")}: {PolicyDesk.Most} are kept at most. Nothing was changed. Remove some first."
            );
        }
    }

    /// <summary>The same for who holds the tenant's lock, and knows that there is room.</summary>
    public async Task<PolicyRow> AddAsync(
        PolicyRead read,
        AuditActor by,
        CancellationToken cancellation,
        string? id = null,
        string? why = null
    )
    {
        var now = time.GetUtcNow();
        var row = new PolicyRow
        {
            Id = id ?? Guid.CreateVersion7(now).ToString("n"),
            Tenant = read.Tenant,
            Name = read.Definition.Name,
            Stage = PolicyStage.Draft,
            Version = 1,
            DefinitionJson = PolicyJson.Write(read.Definition),
            Text = read.Text,
            UnreadJson = UnreadOf(read),
            NotesJson = read.Notes.Count == 0 ? null : PolicyJson.Write(read.Notes),
            CreatedBy = by.Name,
            CreatedAt = now,
            ChangedBy = by.Name,
            ChangedAt = now,
            StageBy = by.Name,
            StageAt = now,
        };
        await audit.AppendAsync(
            new AuditEntry(
                by,
                "policy.drafted",
                read.Tenant,
                row.Id,
                Detail: string.Join(
                    ": ",
                    new[]
                    {
                        row.Name,
                        why,
                        read.Text is null ? null : $"\"{StoreText.Shorten(read.Text, 600)}\"",
                    }.OfType<string>()
                ),
                After: JsonElement.Parse(row.DefinitionJson)
            ),
            cancellation
        );
        await store.AddAsync(row, cancellation);
        news.Raise();
        return row;
    }

    /// <summary>
    /// Puts what a policy says in place of what it said. One that is enforced goes back to shadow: what was approved was the former. A
    /// sentence that is another changes nothing of what it does.
    /// </summary>
    /// <param name="now">As it stands; who calls holds its lock.</param>
    /// <returns>False when it is the same.</returns>
    public async Task<bool> ChangeAsync(PolicyRow now, PolicyRead read, AuditActor by, CancellationToken cancellation)
    {
        var (definition, json) = (read.Definition, PolicyJson.Write(read.Definition));
        if (IsSame(now, read))
        {
            return false;
        }
        var unread = UnreadOf(read);
        var isOther = json != now.DefinitionJson || unread != now.UnreadJson;
        var enforced = isOther && now.Stage == PolicyStage.Enforced;
        await audit.AppendAsync(
            new AuditEntry(
                by,
                "policy.changed",
                now.Tenant,
                now.Id,
                Detail: !isOther ? $"{definition.Name}: the sentence that it came from"
                    : enforced ? $"{definition.Name}: it goes back to shadow, since another version was approved"
                    : definition.Name,
                Before: JsonElement.Parse(now.DefinitionJson),
                After: JsonElement.Parse(json)
            ),
            cancellation
        );
        await store.ChangeAsync(
            now.Id,
            now.Version,
            now.Stage,
            row =>
            {
                (row.Text, row.ChangedBy, row.ChangedAt) = (read.Text ?? row.Text, by.Name, time.GetUtcNow());
                if (!isOther)
                {
                    return;
                }
                (row.Name, row.DefinitionJson, row.Version, row.UnreadJson, row.MemoryJson, row.ProposalId) = (
                    definition.Name,
                    json,
                    row.Version + 1,
                    unread,
                    null,
                    null
                );
                row.TriedJson = null;
                // They were of the sentence; what is saved is meant as it is.
                row.NotesJson = unread is null ? null : row.NotesJson;
                if (enforced)
                {
                    (row.Stage, row.StageBy, row.StageAt, row.StageWhy, row.ApproversJson) = (
                        PolicyStage.Shadow,
                        by.Name,
                        time.GetUtcNow(),
                        "It was changed; what was approved was the former version.",
                        null
                    );
                }
            },
            cancellation
        );
        news.Raise();
        return true;
    }

    /// <summary>Whether a policy says that already.</summary>
    public static bool IsSame(PolicyRow now, PolicyRead read) =>
        PolicyJson.Write(read.Definition) == now.DefinitionJson
        && UnreadOf(read) == now.UnreadJson
        && (read.Text is null || read.Text == now.Text);

    private static string? UnreadOf(PolicyRead read) => read.Unread.Count == 0 ? null : PolicyJson.Write(read.Unread);
}
