using System.Security.Claims;

namespace Sevensa.Dashboard.Ui.Nav;

/// <summary>What the frame around every page shows of the world. Program composes it from the features.</summary>
public interface INavSource
{
    ValueTask<NavData> GetAsync(ClaimsPrincipal person, CancellationToken cancellationToken);

    /// <summary>Calls back, from any thread, when a next <see cref="GetAsync"/> may answer differently. Dispose to stop.</summary>
    IDisposable Subscribe(Action changed);
}

public sealed record NavData(
    NavPerson Person,
    IReadOnlyList<NavPage> Pages,
    IReadOnlyList<NavTenant> Tenants,
    SandboxInfo? Sandbox = null,
    IReadOnlyList<NavNotice>? Notices = null
);

public enum NavGroup
{
    Work,
    System,
}

/// <param name="Icon">A name that <c>Icon</c> knows.</param>
/// <param name="Badge">What waits there; zero shows nothing.</param>
public sealed record NavPage(string Title, string Href, string Icon, NavGroup Group, int Badge = 0);

/// <param name="Word">The state in words, for those who see no colour.</param>
public sealed record NavTenant(string Id, string Name, State State, string? Word = null)
{
    public string Href => $"/tenants/{Uri.EscapeDataString(Id)}";
}

/// <param name="Links">Pages of the person's own menu, such as tokens and sessions.</param>
/// <param name="SignOutPath">Where the sign-out form posts to; none shows no sign-out.</param>
public sealed record NavPerson(
    string Name,
    string Role,
    IReadOnlyList<NavPage>? Links = null,
    string? SignOutPath = "/sign-out"
);

/// <param name="Real">Upstreams that are configured and real.</param>
/// <param name="Simulated">Upstreams answered by a stand-in.</param>
public sealed record SandboxInfo(IReadOnlyList<string> Real, IReadOnlyList<string> Simulated);

/// <summary>A strip under the header: dispatching is stopped, a migration runs, a key expires.</summary>
/// <param name="Since">When it was first noticed.</param>
public sealed record NavNotice(
    State State,
    string Text,
    string? Href = null,
    string? LinkText = null,
    DateTimeOffset? Since = null
);

public static class NavPages
{
    /// <summary>Every page of the frame, for a person who may see all of them.</summary>
    public static IReadOnlyList<NavPage> All(int pendingApprovals = 0) =>
        [
            new("Overview", "/", "overview", NavGroup.Work),
            new("Console", "/console", "console", NavGroup.Work),
            new("Approvals", "/approvals", "approvals", NavGroup.Work, pendingApprovals),
            new("Policies", "/policies", "clock", NavGroup.Work),
            new("Graphs", "/graphs", "graph", NavGroup.Work),
            new("Hosts", "/hosts", "hosts", NavGroup.System),
            new("Databases", "/databases", "database", NavGroup.System),
            new("Secrets", "/secrets", "secrets", NavGroup.System),
            new("Scans", "/scans/vulnerabilities", "scans", NavGroup.System),
            new("Posture", "/posture", "posture", NavGroup.System),
            new("Workflows", "/workflows", "play", NavGroup.System),
            new("Models", "/models", "chip", NavGroup.System),
            new("Receivers", "/receivers", "send", NavGroup.System),
            new("Configuration", "/configuration", "code", NavGroup.System),
            new("Audit", "/audit", "audit", NavGroup.System),
            new("Access", "/access", "access", NavGroup.System),
            new("Settings", "/settings", "settings", NavGroup.System),
        ];
}

/// <summary>The frame before anything has been composed: all pages, no tenants, the person of the claims.</summary>
internal sealed class DefaultNav : INavSource
{
    public ValueTask<NavData> GetAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
            new NavData(
                new NavPerson(
                    person.Identity?.Name ?? "Nobody",
                    person.FindFirst(ClaimTypes.Role)?.Value ?? "not signed in"
                ),
                NavPages.All(),
                []
            )
        );

    public IDisposable Subscribe(Action changed) => new Subscription(static () => { });
}
