using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>The answer to one wish, in sentences made of what the tools said.</summary>
internal sealed class WishAnswer(
    Turn turn,
    PlainLook look,
    IReadOnlyList<Tenant> visible,
    IProposals proposals,
    IEnumerable<IActionKind> kinds,
    DateTimeOffset now
)
{
    private const int MostTenants = 12;
    private const int MostRows = 10;

    /// <summary>Hours that a figure is looked back.</summary>
    private const int LongestFigure = 72;

    private readonly WishProposal propose = new(turn, look, proposals, kinds);

    public async Task<string> ToAsync(Wish wish, CancellationToken cancellation)
    {
        if (wish.Kind is WishKind.Help)
        {
            return Help(wish.Text);
        }
        if (wish.Kind is WishKind.Courtesy)
        {
            return "Ask how something is, why it is slow, what changed, or for a change, which is only proposed. /help lists what can be asked.";
        }
        if (wish.Kind is WishKind.Approve)
        {
            return "Nothing is approved from here: a person reads the plan and decides on its page, under Approvals. Nothing was changed. /approvals lists what waits.";
        }
        if (wish.Kind is WishKind.Beyond)
        {
            return "That is nothing that can be done here: no shell, no files, no other systems. Nothing was changed. /help lists what can be asked.";
        }
        if (wish.Stranger is { } stranger && wish.Service is null)
        {
            return $"Nothing called {stranger} can be seen here. {Which()}";
        }
        if (wish is { Changes: true, Condition: { } condition })
        {
            return $"Not proposed: an action runs when it is approved, and can't wait for \"{condition}\". Ask again without that, or make it a rule: /policy restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day.";
        }
        if (wish is { Changes: true, Unclear: { } unclear })
        {
            return $"Not proposed: {unclear}";
        }
        if (wish.Kind is WishKind.Undo)
        {
            return await propose.UndoAsync(wish, cancellation);
        }
        if (wish.Kind is WishKind.Unknown)
        {
            return $"Not understood, and nothing was done about it: \"{wish.Said}\". /help lists what can be asked without a model.";
        }
        if (wish is { NeedsTenant: true, Tenant: null })
        {
            return visible is [var only]
                ? await ToAsync(wish with { Tenant = only.Id }, cancellation)
                : Which(wish.Service);
        }
        if (wish is { NeedsService: true, Service: null })
        {
            return WhichService(wish.Tenant!);
        }
        if (wish.Kind is WishKind.Silence)
        {
            return await new WishSilence(turn, look).ToAsync(wish, cancellation);
        }
        if (wish.Changes)
        {
            return await propose.ToAsync(wish, visible, cancellation);
        }
        return wish.Kind switch
        {
            WishKind.Tenants => await ListAsync("list_tenants", new { }, "", wish, cancellation),
            WishKind.Approvals => await ApprovalsAsync(wish, cancellation),
            WishKind.Figure => await FigureAsync(wish, cancellation),
            WishKind.Why =>
                $"{await new WishStory(look, now).OfAsync(wish, cancellation)}\nThe whole story on one page [{StoryLink.Cite(turn, wish.Tenant!, wish.Service)}].",
            WishKind.Compare => await CompareAsync(wish, cancellation),
            WishKind.Logs => await LogsAsync(wish, cancellation),
            _ => await EachAsync(wish, cancellation),
        };
    }

    private async Task<string> EachAsync(Wish wish, CancellationToken cancellation)
    {
        var of = wish.Tenant is { } one ? [one] : visible.Take(MostTenants).Select(tenant => tenant.Id).ToList();
        var said = new List<string>();
        foreach (var tenant in of)
        {
            said.Add(await OneAsync(wish with { Tenant = tenant }, isOnly: of.Count == 1, cancellation));
        }
        if (visible.Count > MostTenants && wish.Tenant is null)
        {
            said.Add($"{visible.Count - MostTenants} more tenants were left out: name one.");
        }
        return said.Count == 0 ? "You may see no tenant." : string.Join("\n\n", said);
    }

    private async Task<string> OneAsync(Wish wish, bool isOnly, CancellationToken cancellation)
    {
        var tenant = wish.Tenant!;
        var rows = isOnly ? MostRows : ResultWords.MostRows;
        switch (wish.Kind)
        {
            case WishKind.Status when wish.Service is { } service:
                return await ServiceAsync(tenant, service, cancellation);
            case WishKind.Status:
                var containers = await ListAsync(
                    "list_containers",
                    new { tenant },
                    tenant,
                    wish,
                    cancellation,
                    most: 0
                );
                var alerts = await ListAsync(
                    "list_alerts",
                    new { tenant, hours = wish.When is null ? 0 : Hours(wish, usual: 24, most: 2160) },
                    During(wish)?.TrimStart(',', ' ') ?? "",
                    wish with
                    {
                        When = null,
                    },
                    cancellation,
                    rows
                );
                return $"{containers} {alerts}";
            case WishKind.Changes:
                return await ListAsync(
                    "recent_changes",
                    wish.When is { To: { } to } until && !until.IsUntilNow(now)
                        ? new
                        {
                            tenant,
                            hours = Hours(wish, usual: 72, most: 720),
                            until = to.UtcDateTime.ToString(
                                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                                CultureInfo.InvariantCulture
                            ),
                        }
                        : new { tenant, hours = Hours(wish, usual: 72, most: 720) },
                    $"{tenant}{During(wish)}",
                    wish,
                    cancellation,
                    rows
                );
            case WishKind.Releases when wish.When is { } when:
                return await ListAsync(
                    "find_releases",
                    wish.Service is { } of
                        ? new
                        {
                            tenant,
                            when = when.Words,
                            service = of,
                        }
                        : new { tenant, when = when.Words },
                    tenant,
                    wish with
                    {
                        When = null,
                    },
                    cancellation,
                    rows
                );
            case WishKind.Releases:
                return await ListAsync("list_releases", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Alerts:
                return await ListAsync(
                    "list_alerts",
                    new { tenant, hours = wish.When is null ? 0 : Hours(wish, usual: 24, most: 2160) },
                    $"{tenant}{During(wish)}",
                    wish,
                    cancellation,
                    rows
                );
            case WishKind.Secrets:
                return await ListAsync("list_secrets", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Hosts:
                return await ListAsync("list_hosts", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Objectives:
                return await ListAsync(
                    "list_objectives",
                    new { tenant },
                    tenant,
                    wish with
                    {
                        When = null,
                    },
                    cancellation,
                    rows
                );
            case WishKind.Incidents:
                return await ListAsync("list_incidents", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Decided:
                return await ListAsync(
                    "list_actions",
                    new { tenant, hours = Hours(wish, usual: 168, most: 720) },
                    $"{tenant}{During(wish)}",
                    wish,
                    cancellation,
                    rows
                );
            case WishKind.Posture:
                return await ListAsync(
                    "get_posture",
                    wish.Service is { } hardened ? new { tenant, service = hardened } : (object)new { tenant },
                    tenant,
                    wish,
                    cancellation,
                    rows
                );
            case WishKind.Reach:
                return await ListAsync(
                    "get_reachability",
                    wish.Service is { } reaching ? new { tenant, service = reaching } : (object)new { tenant },
                    tenant,
                    wish with
                    {
                        Service = null,
                    },
                    cancellation,
                    rows
                );
            case WishKind.Findings:
                return await ListAsync("list_findings", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Policies:
                return await ListAsync("list_policies", new { tenant }, tenant, wish, cancellation, rows);
            case WishKind.Databases:
                var isSlow =
                    wish.Said.Contains("slow", StringComparison.Ordinal)
                    || wish.Said.Contains("trage", StringComparison.Ordinal);
                return await ListAsync(
                    isSlow ? "slow_statements" : "list_databases",
                    new { tenant },
                    tenant,
                    wish,
                    cancellation,
                    rows
                );
            default:
                return await ListAsync("list_containers", new { tenant }, tenant, wish, cancellation, rows);
        }
    }

    private async Task<string> ServiceAsync(string tenant, string service, CancellationToken cancellation)
    {
        var said = new List<string>
        {
            await ListAsync(
                "list_containers",
                new { tenant },
                $"{tenant} {service}",
                new Wish(WishKind.Running, "", tenant, service),
                cancellation
            ),
        };
        foreach (var metric in (string[])["latencyP95", "errorShare", "memory"])
        {
            var seen = await look.AskAsync(
                "query_metric",
                new
                {
                    tenant,
                    service,
                    metric,
                },
                cancellation
            );
            said.Add("- " + Said("query_metric", seen));
        }
        return string.Join('\n', said);
    }

    private async Task<string> FigureAsync(Wish wish, CancellationToken cancellation) =>
        Within(wish, LongestFigure)
        + Said(
            "query_metric",
            await look.AskAsync(
                "query_metric",
                new
                {
                    tenant = wish.Tenant,
                    service = wish.Service,
                    metric = wish.Metric ?? "latencyP95",
                    hours = Hours(wish, usual: 24, most: LongestFigure),
                },
                cancellation
            )
        );

    /// <summary>The figure that was named, or latency and errors; of the service that was named, or of all that the tenant has.</summary>
    private async Task<string> CompareAsync(Wish wish, CancellationToken cancellation)
    {
        var against =
            wish.Said.Contains("release", StringComparison.Ordinal)
            || wish.Said.Contains("deploy", StringComparison.Ordinal)
            || wish.When is { From: null }
                ? "beforeRelease"
            : wish.When is { } when && when.MinutesBack(now) > 3 * 24 * 60 ? "lastWeek"
            : "yesterday";
        var of = wish.Service is { } one
            ? [one]
            : visible.FirstOrDefault(known => known.Id == wish.Tenant)?.Services.Take(ResultWords.MostRows).ToList()
                ?? [];
        var said = new List<string>();
        foreach (var service in of)
        {
            foreach (var metric in wish.Metric is { } named ? [named] : (string[])["latencyP95", "errorShare"])
            {
                var seen = await look.AskAsync(
                    "compare_metric",
                    new
                    {
                        tenant = wish.Tenant,
                        service,
                        metric,
                        against,
                    },
                    cancellation
                );
                // A service without the figure is left out where the tenant has others.
                if (
                    seen.Data is not { } data
                    || wish.Service is not null
                    || ResultWords.Number(data, "now") is not null
                )
                {
                    said.Add(Said("compare_metric", seen));
                }
            }
        }
        return said.Count == 0
            ? $"Nothing of {wish.Tenant} is measured that could be compared."
            : string.Join('\n', said.Distinct().Select(line => said.Count > 1 ? "- " + line : line));
    }

    private async Task<string> LogsAsync(Wish wish, CancellationToken cancellation)
    {
        if (wish.When is null or { From: null } && SinceRelease(wish))
        {
            wish = wish with { When = await ReleaseAsync(wish, cancellation) };
        }
        var arguments = new Dictionary<string, object>
        {
            ["tenant"] = wish.Tenant!,
            ["minutes"] = Math.Min(10_080, wish.When?.MinutesBack(now) ?? 60),
        };
        if (wish.Service is { } service)
        {
            arguments["service"] = service;
        }
        if (wish.Text is { } text)
        {
            arguments["text"] = text;
        }
        if (wish.When is { } when && !when.IsUntilNow(now))
        {
            arguments["until"] = when.To!.Value.ToString("O", CultureInfo.InvariantCulture);
        }
        return await ListAsync(
            "search_logs",
            arguments,
            $"{wish.Tenant}{(wish.Service is null ? "" : " " + wish.Service)}{(wish.Text is null ? "" : $", \"{wish.Text}\"")}{During(wish) ?? " in the last hour"}",
            wish with
            {
                When = null,
            },
            cancellation
        );
    }

    private static bool SinceRelease(Wish wish) =>
        $"{wish.When?.Words} {wish.Said}" is var said
        && (said.Contains("deploy", StringComparison.Ordinal) || said.Contains("release", StringComparison.Ordinal));

    /// <summary>The time since the last release, null when none is known.</summary>
    private async Task<SaidTime?> ReleaseAsync(Wish wish, CancellationToken cancellation)
    {
        var seen = await look.AskAsync("list_releases", new { tenant = wish.Tenant }, cancellation);
        var last = seen.Data is { } data
            ? ResultWords
                .Rows(data)
                .Where(row => wish.Service is not { } service || ResultWords.Text(row, "service") == service)
                .Select(row => ResultWords.Moment(row, "at"))
                .Max()
            : null;
        return last is { } at ? new SaidTime("since the last release", at, now) : null;
    }

    private async Task<string> ApprovalsAsync(Wish wish, CancellationToken cancellation)
    {
        var open = await proposals.ListAsync(
            turn.Caller,
            new ProposalFilter(Tenant: wish.Tenant, OpenOnly: true),
            cancellation
        );
        var waiting = open.Where(one => one.State == ProposalState.Proposed).ToList();
        return waiting.Count == 0
            ? "Nothing waits for an approval."
            : $"{waiting.Count} wait{(waiting.Count == 1 ? "s" : "")} for an approval:\n"
                + string.Join(
                    '\n',
                    waiting
                        .Take(MostRows)
                        .Select(one =>
                            $"- {Verbatim.Of(one.Title)} [{turn.Cite($"waits: {one.Title}", $"/approvals/{one.Id}", one.Tenant)}] of {one.Tenant}, risk {one.Risk.ToString().ToLowerInvariant()}, asked by {Verbatim.Of(one.RequestedBy.Name)}"
                        )
                )
                + More(waiting.Count - MostRows);
    }

    private async Task<string> ListAsync(
        string tool,
        object arguments,
        string of,
        Wish wish,
        CancellationToken cancellation,
        int most = MostRows
    )
    {
        var seen =
            tool == "list_secrets"
                ? await look.SecretsAsync(wish.Tenant!, cancellation)
                : await look.AskAsync(tool, arguments, cancellation);
        if (seen.Data is not { } data)
        {
            return $"{Head(of)}could not be looked at: {seen.Error!.TrimEnd('.')}.";
        }
        var rows = ResultWords.Rows(data).Where(row => WishRows.IsMeant(wish, row)).ToList();
        var sentence =
            ResultWords.Sentence(
                tool,
                data.ValueKind == JsonValueKind.Object && rows.Count == ResultWords.Rows(data).Count
                    ? data
                    : JsonSerializer.SerializeToElement(rows)
            ) ?? $"{rows.Count} found";
        sentence += ResultWords.Partial(tool, data);
        if (most == 0)
        {
            return $"{Head(of)}{sentence}.";
        }
        return $"{Head(of)}{sentence}{(rows.Count == 0 ? "." : ":\n")}"
            + string.Join(
                '\n',
                rows.OrderByDescending(row => tool == "list_containers" && ResultWords.IsIll(row))
                    .Take(most)
                    .Select(row => "- " + Verbatim.Of(ResultWords.Row(tool, row)))
            )
            + More(rows.Count - most)
            + (
                seen.Untrusted
                    ? "\n\nSome of this text addresses an assistant. It is shown as text; nothing that it asks is done."
                    : ""
            );
    }

    internal static string Said(string tool, Looked seen) =>
        seen.Data is { } data
            ? $"{ResultWords.Sentence(tool, data)}."
            : $"Could not be looked at: {seen.Error!.TrimEnd('.')}.";

    private static string Head(string of) => of.Length == 0 ? "" : $"{of}: ";

    private static string More(int left) => left > 0 ? $"\n- … and {left} more" : "";

    private int Hours(Wish wish, int usual, int most) =>
        wish.When is { } when ? Math.Clamp((int)Math.Ceiling(when.MinutesBack(now) / 60.0), 1, most) : usual;

    /// <summary>Of which hours a figure is told, where a time was said: another time than that is never answered for in silence.</summary>
    private string Within(Wish wish, int most) =>
        wish.When is not { } when ? ""
        : when.MinutesBack(now) > most * 60
            ? $"Figures are looked up {most} hours back; what was asked for, {when.Words}, lies further back and is on the service's charts. Of the last {most} hours: "
        : $"From {when.Words} until now: ";

    private string? During(Wish wish) =>
        wish.When is { From: { } from } when
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", {when.Words} ({from.UtcDateTime:yyyy-MM-dd HH:mm} to {(when.To ?? now).UtcDateTime:yyyy-MM-dd HH:mm} UTC)"
            )
            : null;

    private string Which(string? service = null)
    {
        var of = service is null
            ? visible
            : visible
                .Where(one =>
                    one.Services.Any(name => name == service || name.EndsWith("-" + service, StringComparison.Ordinal))
                )
                .ToList();
        return visible.Count == 0
            ? "You may see no tenant."
            : $"Which tenant: {string.Join(", ", (of.Count > 0 ? of : visible).Take(MostTenants).Select(one => one.Name))}?";
    }

    private string WhichService(string tenant) =>
        visible.FirstOrDefault(one => one.Id == tenant) is { Services.Count: > 0 } known
            ? $"Which service of {known.Name}: {string.Join(", ", known.Services.Take(MostTenants))}?"
            : $"Which service of {tenant}?";

    private static string Help(string? unknown) =>
        (
            unknown is { Length: > 0 }
                ? $"There is no command /{unknown}. There are:\n"
                : "What works without a model, as commands or in sentences of English or Dutch:\n"
        )
        + string.Join(
            '\n',
            SlashCommand.All.Select(one => $"- `/{one.Name}{(one.Usage.Length > 0 ? " " + one.Usage : "")}` {one.Does}")
        )
        + "\n\nTimes may be said as: yesterday, last night, Friday 18:00, half an hour ago, 1h, vorige week. What changes something is only proposed.";
}
