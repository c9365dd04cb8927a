using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Posture.Exceptions;

/// <param name="Service">Null for one about a host's engine.</param>
/// <param name="HostId">Null for one about a service.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Until">From then on the item fails again.</param>
/// <param name="IsOver">Its time has passed.</param>
public sealed record PostureExceptionView(
    string Id,
    string? Tenant,
    string? Service,
    string? HostId,
    string Check,
    string Owner,
    string Reason,
    DateTimeOffset Until,
    string MadeBy,
    DateTimeOffset MadeAt,
    bool IsOver
);

/// <param name="Check">Number in the benchmark.</param>
/// <param name="Owner">Who answers for it; who makes it when left out.</param>
internal sealed record ExceptionAsked(
    string? Service,
    string? Check,
    string? Owner,
    string? Reason,
    DateTimeOffset? Until
);

/// <summary>Answered as 422.</summary>
internal sealed class ExceptionRefusedException(string message) : Exception(message);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownPostureException(string message) : Exception(message);

/// <summary>Exceptions as they stand at one moment.</summary>
internal sealed class StandingExceptions(IEnumerable<PostureExceptionView> all)
{
    private readonly Dictionary<(string?, string?, string), PostureExceptionView> standing = all.Where(one =>
            !one.IsOver
        )
        .ToDictionary(one => (one.Tenant, one.Service ?? one.HostId, one.Check));

    public PostureExceptionView? For(string? tenant, string service, string check) =>
        tenant is null ? null : standing.GetValueOrDefault((tenant, service, check));

    public PostureExceptionView? ForEngine(string hostId, string check) =>
        standing.GetValueOrDefault((null, hostId, check));
}

/// <summary>Who answers for what fails, and until when. A person decides it; it ends by itself.</summary>
internal sealed class PostureExceptions(
    PostureExceptionStore store,
    ITenantScopes scopes,
    IFleet fleet,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>Longer would be a rule that nobody looks at any more.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    private const int LongestReason = 1000;
    private const int LongestOwner = 100;

    public async Task<StandingExceptions> StandingAsync(CancellationToken cancellation) =>
        new((await store.AllAsync(cancellation)).Select(Of));

    /// <summary>A tenant's, those too whose time is over.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<IReadOnlyList<PostureExceptionView>> OfTenantAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return [.. (await store.AllAsync(cancellation)).Where(row => row.Tenant == tenant).Select(Of)];
    }

    public async Task<IReadOnlyList<PostureExceptionView>> OfHostAsync(string hostId, CancellationToken cancellation)
    {
        MustBeHost(hostId);
        return
        [
            .. (await store.AllAsync(cancellation))
                .Where(row => row.Tenant.Length == 0 && row.Subject == hostId)
                .Select(Of),
        ];
    }

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="ExceptionRefusedException">422</exception>
    public async Task<PostureExceptionView> MakeAsync(
        Caller caller,
        string tenant,
        ExceptionAsked asked,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        MayDecide(caller);
        var service = (asked.Service ?? "").Trim();
        if (!fleet.ContainersOf(tenant).Any(container => container.Facts.Service == service))
        {
            throw new ExceptionRefusedException(
                service.Length == 0
                    ? "Say which service is meant."
                    : $"Tenant {tenant} has no service \"{StoreText.Shorten(service, 100)}\" that a container runs."
            );
        }
        return await PutAsync(caller, tenant, service, service, Benchmark.OfContainers, asked, cancellation);
    }

    /// <exception cref="UnknownPostureException">404: no such host.</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="ExceptionRefusedException">422</exception>
    public async Task<PostureExceptionView> MakeForHostAsync(
        Caller caller,
        string hostId,
        ExceptionAsked asked,
        CancellationToken cancellation
    )
    {
        var host = MustBeHost(hostId);
        MayDecideForHost(caller);
        return await PutAsync(caller, null, hostId, host.Name, Benchmark.OfEngines, asked, cancellation);
    }

    /// <summary>Ends one before its time.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnknownPostureException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task EndAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var row = await FindAsync(row => row.Id == id && row.Tenant == tenant, id, cancellation);
        MayDecide(caller);
        await EndAsync(caller, tenant, row, cancellation);
    }

    /// <summary>Ends one for a host's engine before its time.</summary>
    /// <exception cref="UnknownPostureException">404: no such host, or no such exception for it.</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task EndForHostAsync(Caller caller, string hostId, string id, CancellationToken cancellation)
    {
        MustBeHost(hostId);
        var row = await FindAsync(
            row => row.Id == id && row.Tenant.Length == 0 && row.Subject == hostId,
            id,
            cancellation
        );
        MayDecideForHost(caller);
        await EndAsync(caller, null, row, cancellation);
    }

    public static bool MayMake(Caller caller) => caller is { MayPropose: true, IsPerson: true };

    private async Task<PostureExceptionView> PutAsync(
        Caller caller,
        string? tenant,
        string subject,
        string name,
        IReadOnlyList<Check> checks,
        ExceptionAsked asked,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var check =
            checks.FirstOrDefault(one => one.Number == asked.Check?.Trim())
            ?? throw new ExceptionRefusedException(
                $"There is no item \"{StoreText.Shorten(asked.Check ?? "", 100)}\" to except here. There are {string.Join(", ", checks.Select(one => one.Number))}."
            );
        var reason = TextLimits.Check((asked.Reason ?? "").Trim(), "The reason", LongestReason);
        if (reason.Length == 0)
        {
            throw new ExceptionRefusedException("An exception needs a reason, which stays in the record.");
        }
        var owner = TextLimits.Check((asked.Owner ?? "").Trim(), "The owner", LongestOwner);
        if (asked.Until is not { } until)
        {
            throw new ExceptionRefusedException("An exception needs an end: from \"until\" on the item fails again.");
        }
        if (until <= now || until > now + Longest)
        {
            throw new ExceptionRefusedException(
                until <= now ? "The time until which it is excepted has passed." : "An exception lasts a year at most."
            );
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "posture.excepted",
                tenant,
                $"{name} {check.Number}",
                Detail: $"Excepted {check.Number} ({check.Title}) of {name} until {until:yyyy-MM-dd HH:mm}Z: {reason}"
            ),
            cancellation
        );
        return Of(
            await store.PutAsync(
                new PostureExceptionRow
                {
                    Id = Guid.CreateVersion7(now).ToString("n"),
                    Tenant = tenant ?? "",
                    Subject = subject,
                    Check = check.Number,
                    Owner = owner.Length > 0 ? owner : caller.Name,
                    Reason = reason,
                    Until = until,
                    MadeBy = caller.Name,
                    MadeAt = now,
                },
                cancellation
            )
        );
    }

    private async Task<PostureExceptionRow> FindAsync(
        Func<PostureExceptionRow, bool> wanted,
        string id,
        CancellationToken cancellation
    ) =>
        (await store.AllAsync(cancellation)).FirstOrDefault(wanted)
        ?? throw new UnknownPostureException(
            $"There is no exception \"{StoreText.Shorten(id, 100)}\" that you can see."
        );

    private async Task EndAsync(Caller caller, string? tenant, PostureExceptionRow row, CancellationToken cancellation)
    {
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "posture.exceptionEnded",
                tenant,
                $"{row.Subject} {row.Check}",
                Detail: $"Ended the exception for {row.Check} of {row.Subject}: {row.Reason}"
            ),
            cancellation
        );
        await store.RemoveAsync(row.Id, cancellation);
    }

    private static void MayDecideForHost(Caller caller)
    {
        if (caller.Role != Role.Admin)
        {
            throw new ForbiddenException("An engine is everybody's: administrators decide its exceptions.");
        }
        MayDecide(caller);
    }

    private static void MayDecide(Caller caller)
    {
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Exceptions are made by operators and administrators.");
        }
        if (!caller.IsPerson)
        {
            throw new ForbiddenException("An exception is a person's decision; this token acts for nobody.");
        }
    }

    private DockerHost MustBeHost(string id) =>
        fleet.Hosts.FirstOrDefault(host => host.Id == id)
        ?? throw new UnknownPostureException($"There is no host \"{StoreText.Shorten(id, 100)}\".");

    private PostureExceptionView Of(PostureExceptionRow row) =>
        new(
            row.Id,
            row.Tenant.Length > 0 ? row.Tenant : null,
            row.Tenant.Length > 0 ? row.Subject : null,
            row.Tenant.Length > 0 ? null : row.Subject,
            row.Check,
            row.Owner,
            row.Reason,
            row.Until,
            row.MadeBy,
            row.MadeAt,
            row.Until <= time.GetUtcNow()
        );
}
