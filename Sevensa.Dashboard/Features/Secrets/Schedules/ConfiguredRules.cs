using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>
/// Tenants' rules for rotation in the configuration as a file. A rule is known by its name there, so that the file holds on another
/// installation too; one that stays as it was keeps who set it.
/// </summary>
internal sealed class ConfiguredRules(ScheduleDesk desk, ITenantNames tenants) : IConfigurationPart
{
    private sealed record Content(IReadOnlyList<Rule>? Rules);

    /// <inheritdoc cref="RotationRule"/>
    private sealed record Rule(
        string? Name,
        IReadOnlyList<string>? Secrets,
        string? Key = null,
        int? Length = null,
        int? EveryDays = null,
        string? TimeZone = null,
        IReadOnlyList<WindowWish>? Windows = null,
        int? JitterMinutes = null,
        RotationMode? Mode = null,
        Risk? UpTo = null,
        int? CatchUpHours = null,
        bool? Paused = null
    );

    public string Name => "rotationRules";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        var all = new List<ConfigurationItem>();
        foreach (var tenant in await tenants.NamesAsync(cancellation))
        {
            var (_, rules) = await desk.OfTenantAsync(caller, tenant.Id, cancellation);
            if (rules.Count > 0)
            {
                all.Add(new ConfigurationItem(tenant.Id, Of(rules)));
            }
        }
        return all;
    }

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        try
        {
            var wish = await WishAsync(caller, key, wanted, cancellation);
            return wish.Items is { Count: > 0 }
                ? Of(await desk.WouldBeAsync(caller, key, wish, cancellation))
                : throw new UnfitConfigurationException(
                    "It names no rule. Leave the tenant out, and remove what the file does not name, to have none."
                );
        }
        catch (Exception exception) when (IsUnfit(exception))
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        try
        {
            var wish = wanted is { } content
                ? await WishAsync(caller, key, content, cancellation)
                : new ScheduleWish([]);
            var (_, rules) = await desk.SetAsync(caller, key, wish, cancellation);
            return new ConfigurationDone(
                rules.Count == 0
                    ? $"No rules for rotation are left of {key}."
                    : $"Set the rules for rotation of {key}: {string.Join(", ", rules.Select(rule => rule.Name))}."
            );
        }
        catch (Exception exception) when (IsUnfit(exception))
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static bool IsUnfit(Exception exception) =>
        exception
            is ScheduleRefusedException
                or ScheduleConflictException
                or UnknownTenantException
                or ForbiddenException;

    private async Task<ScheduleWish> WishAsync(
        Caller caller,
        string tenant,
        JsonElement wanted,
        CancellationToken cancellation
    )
    {
        var rules = ConfigurationContent.Read<Content>(wanted).Rules ?? [];
        var (revision, standing) = await desk.OfTenantAsync(caller, tenant, cancellation);
        // Several may have one name: each stands for one of the file, in order.
        var left = standing.ToList();
        return new ScheduleWish([.. rules.Select(Wish)], revision);

        RuleWish Wish(Rule rule)
        {
            var known = left.Find(one => one.Name == rule.Name?.Trim());
            if (known is not null)
            {
                left.Remove(known);
            }
            return new RuleWish(
                known?.Id,
                rule.Name,
                rule.Secrets,
                rule.Key,
                rule.Length,
                rule.EveryDays,
                rule.TimeZone,
                rule.Windows,
                rule.JitterMinutes,
                rule.Mode,
                rule.UpTo,
                rule.CatchUpHours,
                rule.Paused
            );
        }
    }

    private static JsonElement Of(IReadOnlyList<ScheduleView> rules) =>
        ConfigurationContent.Of(
            new Content([
                .. rules.Select(rule => new Rule(
                    rule.Name,
                    rule.Secrets,
                    rule.Key,
                    rule.Length,
                    rule.EveryDays,
                    rule.TimeZone,
                    [.. rule.Windows.Select(window => new WindowWish(window.Days, window.From, window.To))],
                    rule.JitterMinutes,
                    rule.Mode,
                    rule.UpTo,
                    rule.CatchUpHours,
                    rule.Paused
                )),
            ])
        );
}
