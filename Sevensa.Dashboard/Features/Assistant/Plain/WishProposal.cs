using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>From a wish to a proposal: look first, so that there is evidence, then propose once.</summary>
internal sealed class WishProposal(Turn turn, PlainLook look, IProposals proposals, IEnumerable<IActionKind> kinds)
{
    private const string LastDeploy = "before the last deploy";

    public async Task<string> ToAsync(Wish wish, IReadOnlyList<Tenant> visible, CancellationToken cancellation)
    {
        var name = visible.FirstOrDefault(one => one.Id == wish.Tenant)?.Name ?? wish.Tenant!;
        if (wish.When is { IsFuture: true } later)
        {
            var state =
                wish.Kind == WishKind.Rollback && later.ComesAgain
                    ? $", or with \"to {later.Words}\" where that is the state to go back to"
                    : "";
            return $"Not proposed: an action runs when it is approved, and can't be set for \"{later.Words}\". Ask again without the time{state}.";
        }
        if (!turn.Caller.MayPropose)
        {
            return "Not proposed: you may look here, and not propose changes. Nothing was changed.";
        }
        return wish.Kind switch
        {
            WishKind.Rotate => await RotateAsync(wish, name, cancellation),
            WishKind.Rollback => await RollbackAsync(wish, cancellation),
            WishKind.Scale when wish.Count is null => $"To how many containers should {name} {wish.Service} be scaled?",
            WishKind.Scale => await ContainerAsync(
                wish,
                "service.scale",
                wish.Service!,
                new { replicas = wish.Count },
                cancellation
            ),
            _ => await ContainerAsync(
                wish,
                "container." + wish.Kind.ToString().ToLowerInvariant(),
                null,
                null,
                cancellation
            ),
        };
    }

    /// <summary>The opposite of what this conversation had done last; where something is named, of what it had done last to that.</summary>
    public async Task<string> UndoAsync(Wish wish, CancellationToken cancellation)
    {
        var (last, newest) = await LastAsync(wish, cancellation);
        if (newest is null)
        {
            return "Nothing was proposed in this conversation that could be undone.";
        }
        if (last is null)
        {
            return $"Nothing like that was proposed in this conversation{(wish.Tenant is { } of ? $" for {of}{(wish.Service is { } one ? " " + one : "")}" : "")}, and nothing was done. The last proposal here is \"{newest.Title}\" of {newest.Tenant}: say \"undo that\" if it is meant.";
        }
        if (!last.Ended)
        {
            return $"\"{last.Title}\" has not been done: it is {Word(last.State)}. Withdraw or cancel it on its page [{turn.Cite($"proposed: {last.Title}", $"/approvals/{last.Id}", last.Tenant)}]; nothing else is needed.";
        }
        if (last.State != ProposalState.Succeeded)
        {
            return $"\"{last.Title}\" was {Word(last.State)}: there is nothing to undo.";
        }
        var kind = kinds.FirstOrDefault(one => one.Name == last.Kind);
        if (Undoing.Of(last) is not { } undo)
        {
            return $"\"{last.Title}\" has no action that undoes it by itself. {kind?.Undo}";
        }
        turn.Cite($"done: {last.Title}", $"/approvals/{last.Id}", last.Tenant);
        return await ProposeAsync(
            undo.Kind,
            last.Tenant,
            undo.Target,
            undo.Parameters,
            $"To undo \"{last.Title}\", which has ended.",
            "",
            cancellation
        );
    }

    /// <returns>The last one that is meant, and the last of all.</returns>
    private async Task<(Proposal? Meant, Proposal? Newest)> LastAsync(Wish wish, CancellationToken cancellation)
    {
        Proposal? newest = null;
        foreach (var message in turn.Earlier.Reverse())
        {
            foreach (var kept in KeptEvent.Read(message.Events).Where(one => one.Type == "proposal").Reverse())
            {
                if (
                    ResultWords.Text(kept.Data, "id") is { } id
                    && await proposals.FindAsync(turn.Caller, id, cancellation) is { } found
                )
                {
                    newest ??= found;
                    if (IsMeant(wish, found))
                    {
                        return (found, newest);
                    }
                }
            }
        }
        return (null, newest);
    }

    private static bool IsMeant(Wish wish, Proposal done) =>
        (wish.Tenant is null || done.Tenant == wish.Tenant)
        && (wish.Service is not { } service || IsOf(done.Target, service, done.Tenant))
        && (wish.Text is not { } deed || done.Kind.EndsWith("." + deed, StringComparison.OrdinalIgnoreCase));

    /// <summary>A target is a service, or a container of it: "worker", "rentguy-worker", "rentguy-worker-1".</summary>
    private static bool IsOf(string target, string service, string tenant)
    {
        var (bare, own) = (Bare(target), Bare(service));
        return bare == own
            || (
                bare.StartsWith(own + "-", StringComparison.Ordinal) && bare[(own.Length + 1)..].All(char.IsAsciiDigit)
            );

        string Bare(string name) =>
            name.StartsWith(tenant + "-", StringComparison.Ordinal) ? name[(tenant.Length + 1)..] : name;
    }

    private async Task<string> ContainerAsync(
        Wish wish,
        string kind,
        string? target,
        object? parameters,
        CancellationToken cancellation
    )
    {
        var (tenant, service) = (wish.Tenant!, wish.Service!);
        var seen = await look.AskAsync("list_containers", new { tenant }, cancellation);
        if (seen.Data is not { } data)
        {
            return $"Not proposed: the containers of {tenant} could not be looked at: {seen.Error!.TrimEnd('.')}. Nothing was changed.";
        }
        var own = ResultWords.Rows(data).Where(row => WishRows.IsMeant(wish with { When = null }, row)).ToList();
        if (own.Count == 0)
        {
            var there = ResultWords.Rows(data).Select(row => ResultWords.Text(row, "service")).Distinct();
            return $"Not proposed: {tenant} has no container of {service}. It has {string.Join(", ", there)}.";
        }
        var figures = new List<string>();
        foreach (var metric in (string[])(wish.Kind == WishKind.Restart ? ["memory", "latencyP95"] : ["cpu"]))
        {
            var figure = await look.AskAsync(
                "query_metric",
                new
                {
                    tenant,
                    service,
                    metric,
                },
                cancellation
            );
            if (figure.Data is { } found && ResultWords.Number(found, "now") is not null)
            {
                figures.Add(ResultWords.Sentence("query_metric", found)!);
            }
        }
        var saw = string.Join("; ", figures.Append(ResultWords.Row("list_containers", own[0])));
        var more =
            own.Count > 1 && target is null
                ? $"\n{service} has {own.Count} containers; this is the first of them."
                : "";
        return await ProposeAsync(
                kind,
                tenant,
                target ?? ResultWords.Text(own[0], "name") ?? service,
                parameters,
                $"Asked for: {wish.Said}. Seen: {saw}.",
                saw,
                cancellation
            ) + more;
    }

    private async Task<string> RollbackAsync(Wish wish, CancellationToken cancellation)
    {
        var tenant = wish.Tenant!;
        var to = wish.When?.Words ?? wish.Text ?? LastDeploy;
        var seen = await look.AskAsync(
            "find_releases",
            wish.Service is { } service
                ? new
                {
                    tenant,
                    when = to,
                    service,
                }
                : new { tenant, when = to },
            cancellation
        );
        if (seen.Data is not { } data)
        {
            return $"Not proposed: {seen.Error!.TrimEnd('.')}.";
        }
        var saw = string.Join(
            "; ",
            ResultWords.Rows(data).Take(ResultWords.MostRows).Select(row => ResultWords.Row("find_releases", row))
        );
        return wish.Service is null
            ? await ProposeAsync(
                "tenant.rollback",
                tenant,
                tenant,
                new { to },
                $"Asked for: {wish.Said}.",
                saw,
                cancellation
            )
            : await ProposeAsync(
                "service.rollback",
                tenant,
                wish.Service,
                new { to },
                $"Asked for: {wish.Said}.",
                saw,
                cancellation
            );
    }

    private async Task<string> RotateAsync(Wish wish, string name, CancellationToken cancellation)
    {
        var seen = await look.SecretsAsync(wish.Tenant!, cancellation);
        if (seen.Data is not { } data)
        {
            return $"Not proposed: the secrets of {name} could not be looked at: {seen.Error!.TrimEnd('.')}.";
        }
        var rows = ResultWords.Rows(data);
        var paths = rows.Select(row => ResultWords.Text(row, "path") ?? "").ToList();
        var asked = wish.Path ?? "";
        var meant = paths.FindAll(path =>
            path == asked || asked == $"{wish.Tenant}/{path}" || path == $"{wish.Tenant}/{asked}"
        );
        if (meant.Count == 0 && asked.Length == 0)
        {
            var words = FleetNames.Words(wish.Said);
            var overdue = rows.Where(row =>
                wish.Said.Contains("overdue", StringComparison.Ordinal) && ResultWords.Flag(row, "overdue")
            );
            meant = wish.Said.Contains("overdue", StringComparison.Ordinal)
                ? [.. overdue.Select(row => ResultWords.Text(row, "path")!)]
                : paths.FindAll(path =>
                    path.Split('/')
                        .Where(part => part != wish.Tenant)
                        .Any(part => words.Contains(part) && part != "secret")
                );
        }
        if (meant is not [var path])
        {
            var choice = meant.Count > 0 ? meant : paths;
            return choice.Count == 0
                ? $"Not proposed: {name} has no secrets that you may see."
                : $"Which secret of {name} should be rotated: {string.Join(", ", choice.Take(8))}{(choice.Count > 8 ? $" or one of {choice.Count - 8} more" : "")}?";
        }
        var saw = ResultWords.Row("list_secrets", rows[paths.IndexOf(path)]);
        return await ProposeAsync(
            "secret.rotate",
            wish.Tenant!,
            path,
            null,
            $"Asked for: {wish.Said}. Seen: {saw}.",
            saw,
            cancellation
        );
    }

    private async Task<string> ProposeAsync(
        string kind,
        string tenant,
        string target,
        object? parameters,
        string reason,
        string saw,
        CancellationToken cancellation
    )
    {
        var made = await look.AskAsync(
            "propose",
            parameters is null
                ? new
                {
                    kind,
                    tenant,
                    target,
                    reason,
                }
                : new
                {
                    kind,
                    tenant,
                    target,
                    reason,
                    parameters,
                },
            cancellation
        );
        if (made.Data is not { } data)
        {
            return $"Not proposed: {made.Error!.TrimEnd('.')}. Nothing was changed.";
        }
        return $"Proposed: {ResultWords.Text(data, "title")}, risk {ResultWords.Text(data, "risk")}. It waits for a person's approval; nothing has been changed."
            + (saw.Length > 0 ? $"\nSeen before: {Verbatim.Of(saw)}." : "");
    }

    private static string Word(ProposalState state) =>
        state switch
        {
            ProposalState.RolledBack => "rolled back",
            _ => state.ToString().ToLowerInvariant(),
        };
}
