using System.Globalization;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>A command of the console that needs no model.</summary>
/// <param name="Name">Behind the slash.</param>
/// <param name="Usage">What may follow, with an example's words.</param>
/// <param name="Does">In a sentence.</param>
internal sealed record SlashCommand(WishKind Kind, string Name, string Usage, string Does)
{
    public static readonly IReadOnlyList<SlashCommand> All =
    [
        new(WishKind.Restart, "restart", "rentguy-api", "Proposes to restart a service's container."),
        new(WishKind.Stop, "stop", "rentguy-worker", "Proposes to stop a service's container."),
        new(WishKind.Start, "start", "rentguy-worker", "Proposes to start a service's container."),
        new(WishKind.Rollback, "rollback", "rentguy yesterday", "Proposes to go back to what ran at a time."),
        new(WishKind.Scale, "scale", "rentguy-worker 3", "Proposes a number of containers for a service."),
        new(WishKind.Rotate, "rotate", "rentguy/api/database", "Proposes to rotate a secret."),
        new(
            WishKind.Undo,
            "undo",
            "rentguy-api",
            "Proposes the opposite of this conversation's last action, or of its last one on what is named."
        ),
        new(
            WishKind.Logs,
            "logs",
            "psra-ltsd error 1h",
            "Shows log lines by tenant, service, text or level, and time."
        ),
        new(WishKind.Why, "why", "rentguy-api", "Puts together why a service is slow or fails."),
        new(WishKind.Status, "health", "rentguy", "Tells how a service, a tenant or all of them are."),
        new(WishKind.Running, "running", "psra-ltsd", "Lists the containers."),
        new(WishKind.Changes, "changes", "rentguy last night", "Lists releases and actions of a time."),
        new(WishKind.Alerts, "alerts", "witcom", "Lists the alerts that fire."),
        new(WishKind.Secrets, "secrets", "overdue", "Lists secrets with their age and when they are due."),
        new(WishKind.Findings, "findings", "critical", "Lists what scans found."),
        new(WishKind.Policies, "policies", "rentguy", "Lists what acts by itself, in which stage, and what it did."),
        new(
            WishKind.Policy,
            "policy",
            "restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day",
            "Reads a sentence into a policy and proposes to write it down as a draft."
        ),
        new(
            WishKind.Playbook,
            "playbook",
            "rentguy/restart-worker service=worker",
            "Asks a reviewed playbook of a tenant, step by step, with its parameters."
        ),
        new(WishKind.Approvals, "approvals", "", "Lists what waits for an approval."),
        new(WishKind.Help, "help", "", "Lists these commands."),
    ];

    public static SlashCommand? Find(string name) =>
        All.FirstOrDefault(one => one.Name == name)
        ?? (
            All.Where(one => name.Length >= 2 && one.Name.StartsWith(name, StringComparison.Ordinal)).ToList()
                is [var only]
                ? only
                : null
        );

    /// <summary>The command that says the same as a wish for a change; null when the wish does not say enough for one, or is not for now.</summary>
    public static string? For(Wish wish)
    {
        if (wish is { Condition: not null } or { Unclear: not null } or { When.IsFuture: true })
        {
            return null;
        }
        var target = (wish.Tenant, wish.Service) switch
        {
            _ when wish.Path is { } path => path,
            ({ } tenant, { } service) => $"{tenant}-{service}",
            ({ } tenant, null) when wish.Kind == WishKind.Rollback => tenant,
            _ => null,
        };
        return wish.Kind == WishKind.Undo
            ? target is null
                ? "/undo"
                : $"/undo {target}"
            : target is null || All.FirstOrDefault(one => one.Kind == wish.Kind) is not { } command
                ? null
                : string.Join(
                    ' ',
                    (
                        (string?[])
                            [
                                "/" + command.Name,
                                target,
                                wish.When?.Words ?? (wish.Kind == WishKind.Rollback ? wish.Text : null),
                                wish.Count?.ToString(CultureInfo.InvariantCulture),
                            ]
                    ).OfType<string>()
                );
    }

    /// <summary>What a text that begins with a slash may become: commands, then names behind one.</summary>
    /// <param name="text">As typed so far.</param>
    /// <param name="targets">Tenants and containers as they may follow a command.</param>
    public static IReadOnlyList<string> Completions(string text, IEnumerable<string> targets)
    {
        if (!text.StartsWith('/'))
        {
            return [];
        }
        var blank = text.LastIndexOf(' ');
        if (blank < 0)
        {
            return
            [
                .. All.Select(one => "/" + one.Name)
                    .Where(name => name.StartsWith(text, StringComparison.OrdinalIgnoreCase) && name != text),
            ];
        }
        var (before, begun) = (text[..(blank + 1)], text[(blank + 1)..]);
        return
        [
            .. targets
                .Where(name => name.StartsWith(begun, StringComparison.OrdinalIgnoreCase) && name != begun)
                .Take(8)
                .Select(name => before + name),
        ];
    }
}
