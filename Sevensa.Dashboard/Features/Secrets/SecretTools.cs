using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Secrets.Exposures;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What the assistant and MCP may know of secrets: that they are there, and how old they are.</summary>
internal sealed class SecretTools(
    SecretCatalogue secrets,
    RotationCalendar calendar,
    AccessRecord accesses,
    ExposedSecrets exposed,
    ITenantScopes scopes
) : IToolSource
{
    private const int Most = 100;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists the secrets of a tenant: path, version, age in days, when rotation is due, which services use it, whether it is live, deleted, destroyed, never written, or not to be seen. Never values."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("The path to go on after")] string? after = null
            ) =>
            {
                var scope = await scopes.ForAsync(caller, tenant, cancellation);
                var list = await secrets.ListAsync(scope, tenant, after, Most, cancellation);
                return new SecretsSeen(
                    [
                        .. list.Items.Select(secret => new SecretSeen(
                            secret.Path,
                            secret.Version,
                            secret.AgeDays,
                            secret.DueAt,
                            secret.Overdue,
                            secret.Consumers,
                            secret.State,
                            secret.EndsAt,
                            secret.Note
                        )),
                    ],
                    $"/tenants/{tenant}/secrets",
                    list.Next
                );
            },
            "list_secrets"
        );
        yield return ToolFunction.Create(
            [Description(
                "What is rotated or falls due when: time, secret, rule, and whether the rule only proposes or does it. The first 100."
            )]
            async (
                CancellationToken cancellation,
                [Description("Tenant id; all that the asker sees when left out")] string? tenant = null,
                [Description("How many days ahead, 1 to 366"), Range(1, RotationCalendar.MostDays)] int days = 30
            ) =>
            {
                var scope = string.IsNullOrWhiteSpace(tenant)
                    ? await scopes.ForAllAsync(caller, cancellation)
                    : await scopes.ForAsync(caller, tenant, cancellation);
                var coming = await calendar.OfAsync(scope, days, cancellation);
                return new ComingSeen(
                    [.. coming.Items.OrderBy(item => item.At).Take(Most)],
                    coming.Items.Count,
                    coming.ToldUntil,
                    string.IsNullOrWhiteSpace(tenant) ? "/secrets/calendar" : $"/tenants/{tenant}/secrets/calendar"
                );
            },
            "rotation_calendar"
        );
        yield return ToolFunction.Create(
            [Description(
                "Who used which secret of a tenant in the last days, from Vault's audit log, and what is unusual: a new reader, address or hour, or a burst. The newest 100; never values."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Only what is unusual")] bool unusual = true
            ) =>
            {
                var scope = await scopes.ForAsync(caller, tenant, cancellation);
                var (from, to) = accesses.Usual();
                var list = await accesses.OfAsync(scope, tenant, from, to, cancellation);
                var wanted = list.Items.Where(one => !unusual || one.Marks.Count > 0).ToList();
                return new AccessesSeen(
                    [.. wanted.Take(Most)],
                    wanted.Count,
                    list.Items.Count,
                    $"/tenants/{tenant}/secrets/accesses{(unusual ? "?unusual=true" : "")}"
                );
            },
            "secret_accesses"
        );
        yield return ToolFunction.Create(
            [Description(
                "Environment variables of a tenant's containers that look like secrets, by name; where else on the host the same value is. Never values."
            )]
            async ([Description("Tenant id, e.g. rentguy")] string tenant, CancellationToken cancellation) =>
            {
                var list = await exposed.OfAsync(caller, tenant, cancellation);
                return new ExposedSeen(
                    // How each is brought to Vault is for the page: it would fill what a model reads.
                    [.. list.Items.Take(Most).Select(one => one with { Put = null, Handed = null, Compose = null })],
                    list.Items.Count,
                    list.NotTold,
                    $"/tenants/{tenant}/secrets/exposures"
                );
            },
            "exposed_secrets"
        );
    }

    private sealed record AccessesSeen(IReadOnlyList<SecretAccess> Accesses, int Count, int OfAll, string Link);

    private sealed record ExposedSeen(
        IReadOnlyList<ExposedSecret> Variables,
        int Count,
        IReadOnlyList<string> NotLookedAt,
        string Link
    );

    /// <param name="ToldUntil">Up to when they are counted; null when all are.</param>
    private sealed record ComingSeen(
        IReadOnlyList<ComingRotation> Coming,
        int Count,
        DateTimeOffset? ToldUntil,
        string Link
    );

    private sealed record SecretsSeen(IReadOnlyList<SecretSeen> Secrets, string Link, string? Next);

    private sealed record SecretSeen(
        string Path,
        int Version,
        int? AgeDays,
        DateTimeOffset? DueAt,
        bool Overdue,
        IReadOnlyList<string> Consumers,
        string State,
        DateTimeOffset? EndsAt,
        string? Note
    );
}
