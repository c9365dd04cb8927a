using System.Security.Claims;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Platform.Wire;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Nav;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>What the frame shows: the person's tenants with their states, what waits for them, and what everybody must know.</summary>
internal sealed class FleetNav(
    FleetBoard board,
    ITenants tenants,
    IProposals proposals,
    IEmergencyStop stop,
    Upstreams upstreams,
    IUnassignedAlerts unassigned,
    Replicas replicas,
    DashboardWire wire,
    IHostEnvironment environment,
    IEnumerable<SandboxInfo> sandbox
) : INavSource
{
    private const string SignOut = "/sign-out";

    public async ValueTask<NavData> GetAsync(ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        if (Caller.From(person) is not { } caller)
        {
            return new NavData(new NavPerson("Nobody", "not signed in", SignOutPath: null), [], []);
        }
        var who = new NavPerson(
            caller.Name,
            caller.RoleName,
            [new NavPage("Sessions and tokens", "/me", "person", NavGroup.System)],
            SignOut
        );
        if (!caller.IsStaff)
        {
            return new NavData(
                who with
                {
                    Links = [],
                },
                [new NavPage("Service health", "/portal", "overview", NavGroup.Work)],
                [],
                Sandbox()
            );
        }
        var waiting = await proposals.WaitingForAsync(caller, cancellationToken);
        return new NavData(
            who,
            [.. NavPages.All(waiting).Where(page => MaySee(caller, page))],
            [.. (await tenants.VisibleAsync(caller, cancellationToken)).Select(Entry)],
            Sandbox(),
            [.. Notices(), .. Beside(), .. await UnassignedAsync(caller, cancellationToken)]
        );
    }

    /// <summary>No tenant's page shows them, so that only who may see everything can be told.</summary>
    private async Task<IEnumerable<NavNotice>> UnassignedAsync(Caller caller, CancellationToken cancellation)
    {
        var count = caller.Role == Role.Admin ? await unassigned.FiringAsync(cancellation) : 0;
        return count == 0
            ? []
            :
            [
                new NavNotice(
                    State.Warn,
                    count == 1 ? "An alert fires that names no tenant." : $"{count} alerts fire that name no tenant.",
                    "/alerts/unassigned",
                    "See which"
                ),
            ];
    }

    public IDisposable Subscribe(Action changed)
    {
        var told = States();
        Func<Task> tell = () =>
        {
            changed();
            return Task.CompletedTask;
        };
        var watch = board.Watch(() =>
        {
            // The board is new every few seconds; the frame only when a state is another.
            var states = States();
            if (Interlocked.Exchange(ref told, states) != states)
            {
                changed();
            }
        });
        var decisions = proposals.OnChange(tell);
        var stops = stop.OnChange(tell);
        var strays = unassigned.OnChange(changed);
        Action<UpstreamStatus> connection = _ => changed();
        upstreams.Changed += connection;
        replicas.Changed += changed;
        wire.Changed += changed;
        return new Subscription(() =>
        {
            upstreams.Changed -= connection;
            replicas.Changed -= changed;
            wire.Changed -= changed;
            watch.Dispose();
            decisions.Dispose();
            stops.Dispose();
            strays.Dispose();
        });
    }

    private static bool MaySee(Caller caller, NavPage page) =>
        page.Href is not ("/access" or "/settings" or "/receivers" or "/configuration") || caller.Role == Role.Admin;

    private string States() =>
        string.Join(';', board.Known.OrderBy(known => known.Key).Select(known => $"{known.Key}={known.Value.State}"));

    private NavTenant Entry(Tenant tenant) =>
        board.Known.TryGetValue(tenant.Id, out var health)
            ? new NavTenant(tenant.Id, tenant.Name, health.State.Mark(), health.State.Word())
            : new NavTenant(tenant.Id, tenant.Name, State.Unknown);

    private IEnumerable<NavNotice> Notices()
    {
        if (stop.Current is { } stopped)
        {
            yield return new NavNotice(
                State.Crit,
                $"Emergency stop: {stopped.ByName} holds all actions{(stopped.Reason is { Length: > 0 } reason ? $" ({reason})" : "")}. Nothing is dispatched until it is lifted.",
                "/approvals",
                "Approvals"
            );
        }
        foreach (var upstream in upstreams.All.Where(status => status.State == UpstreamState.Unreachable))
        {
            yield return new NavNotice(
                State.Warn,
                $"{upstream.Name} can't be reached: {upstream.Message?.TrimEnd('.') ?? "it gave no reason"}.",
                "/settings",
                "Connections",
                upstream.Since
            );
        }
    }

    private IEnumerable<NavNotice> Beside() =>
        wire.IsSet
            ? Apart()
            : replicas
                .Others.Take(1)
                .Select(one => new NavNotice(
                    State.Warn,
                    $"Another dashboard works on this store ({one.Machine}). Each shows the hosts that are connected to it, and no others.",
                    "/settings",
                    "Dashboards",
                    one.StartedAt
                ));

    private IEnumerable<NavNotice> Apart()
    {
        var status = wire.Status;
        if (status.State == WireState.Away)
        {
            yield return new NavNotice(
                State.Warn,
                "The dashboards do not hear each other: Redis can't be reached. Hosts that are connected to another are shown as of then.",
                "/settings",
                "Dashboards",
                status.Since
            );
            yield break;
        }
        if (status.State != WireState.Connected)
        {
            yield break;
        }
        foreach (var one in replicas.Others.Where(one => !wire.Hears(one.Id)).Take(1))
        {
            yield return new NavNotice(
                State.Warn,
                $"A dashboard works on this store and is not heard over Redis ({one.Machine}). Hosts that are connected to it are not shown as they are now.",
                "/settings",
                "Dashboards",
                one.SeenAt
            );
        }
    }

    private SandboxInfo? Sandbox() =>
        !environment.IsSandbox()
            ? null
            : sandbox.LastOrDefault()
                ?? new SandboxInfo([], ["every upstream that has no address in the configuration"]);
}
