using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Tells that a policy came, went, or is another.</summary>
internal sealed class PolicyNews(ILogger<PolicyNews> log) : ChangeSignal(log);

/// <summary>Brings policies from stage to stage, each time with a row of the record before it.</summary>
internal sealed class PolicyStages(
    PolicyStore store,
    StoreLocks locks,
    IAuditLog audit,
    PolicyNews news,
    TimeProvider time
)
{
    public static string LockOf(string id) => $"policy {id}";

    /// <param name="seen">The policy as it was looked at; one that is another by now is left as it is.</param>
    /// <param name="further">What else changes with it.</param>
    /// <returns>Null when it is another by now.</returns>
    public async Task<PolicyRow?> MoveAsync(
        PolicyRow seen,
        PolicyStage to,
        string action,
        AuditActor by,
        string? why,
        CancellationToken cancellation,
        Action<PolicyRow>? further = null
    )
    {
        await using var turn = await locks.TakeAsync([LockOf(seen.Id)], cancellation);
        if (
            await store.FindAsync(seen.Id, cancellation) is not { } now
            || now.Version != seen.Version
            || now.Stage != seen.Stage
            || now.StageAt != seen.StageAt
        )
        {
            return null;
        }
        await audit.AppendAsync(
            new AuditEntry(
                by,
                action,
                seen.Tenant,
                seen.Id,
                Detail: why is null ? seen.Name : $"{seen.Name}: {StoreText.Shorten(why, 800)}",
                Before: Word(seen.Stage),
                After: Word(to)
            ),
            cancellation
        );
        var moved = await store.ChangeAsync(
            seen.Id,
            seen.Version,
            seen.Stage,
            row =>
            {
                (row.Stage, row.StageBy, row.StageAt, row.StageWhy) = (
                    to,
                    by.Name,
                    time.GetUtcNow(),
                    why is null ? null : StoreText.Shorten(why, 1000)
                );
                (row.ApproversJson, row.MemoryJson) = (null, null);
                if (to != PolicyStage.Enforced)
                {
                    row.ProposalId = null;
                }
                further?.Invoke(row);
            },
            cancellation
        );
        news.Raise();
        return moved;
    }

    private static JsonElement Word(PolicyStage stage) =>
        JsonSerializer.SerializeToElement(JsonNamingPolicy.CamelCase.ConvertName(stage.ToString()));
}
