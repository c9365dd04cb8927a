using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions;

internal sealed class StubAudit : IAuditLog
{
    private readonly ConcurrentQueue<AuditEntry> entries = new();

    public IReadOnlyList<AuditEntry> Entries => [.. entries];

    public bool Broken { get; set; }

    /// <summary>Where what is told is written with its row.</summary>
    public IDbContextFactory<Store>? Stores { get; set; }

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default)
    {
        if (Broken)
        {
            throw new AuditUnavailableException("The record can't be written.", new IOException("disk full"));
        }
        entries.Enqueue(entry);
        return Task.FromResult((long)entries.Count);
    }

    public async Task<long> AppendAsync(
        AuditEntry entry,
        Func<Store, CancellationToken, Task<ChainMark?>> write,
        CancellationToken cancellation
    )
    {
        await using var store = await Stores!.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        if (await write(store, cancellation) is null)
        {
            return 0;
        }
        var number = await AppendAsync(entry, cancellation);
        await transaction.CommitAsync(cancellation);
        return number;
    }
}

internal sealed class StubSigner : IActionSigner
{
    public ValueTask<SignedEnvelope> SignAsync(string hostId, byte[] payload, CancellationToken cancellation) =>
        ValueTask.FromResult(new SignedEnvelope("k1", payload, [1]));
}

internal sealed class StubStrangers : IStrangers
{
    public ConcurrentQueue<string> Asked { get; } = new();

    public ValueTask RecordAsync(Caller caller, string what, CancellationToken cancellation)
    {
        Asked.Enqueue($"{caller.Name}: {what}");
        return ValueTask.CompletedTask;
    }
}

/// <summary>Names are the ids without their prefix; everybody may what they might, until a test says otherwise.</summary>
internal sealed class StubPeople : IPeople, ICallersToday, IStandingRights
{
    /// <summary>Tokens that were taken back, by their ids.</summary>
    public ConcurrentDictionary<string, bool> TakenBack { get; } = new();

    public ValueTask<Caller?> TodayAsync(StandingRight right, CancellationToken cancellation) =>
        right.Token is { } token && TakenBack.ContainsKey(token)
            ? ValueTask.FromResult<Caller?>(null)
            : PersonAsync(right.Subject, cancellation);

    /// <summary>What became of people's rights, by subject; null for an account that is gone or disabled.</summary>
    public ConcurrentDictionary<string, Caller?> Changed { get; } = new();

    /// <summary>Subjects whose account a claim gave that nobody looked at for long: they are there, and open nothing.</summary>
    public ConcurrentDictionary<string, bool> NotLookedAt { get; } = new();

    /// <summary>Why nobody can be looked up.</summary>
    public Exception? Fault { get; set; }

    public ValueTask<Caller?> PersonAsync(string subject, CancellationToken cancellation) =>
        NotLookedAt.ContainsKey(subject) ? ValueTask.FromResult<Caller?>(null) : NowAsync(subject, cancellation);

    public ValueTask<Caller?> ProgramAsync(string subject, CancellationToken cancellation) =>
        ValueTask.FromResult<Caller?>(null);

    public ValueTask<Caller?> NowAsync(string subject, CancellationToken cancellation) =>
        ValueTask.FromResult(
            Fault is { } fault ? throw fault
            : Changed.TryGetValue(subject, out var now) ? now
            : subject == Callers.Operator.Subject ? Callers.Operator
            : subject == Callers.Approver.Subject ? Callers.Approver
            : Callers.Person(subject[3..], Role.Admin)
        );

    public ValueTask<string?> UserNameAsync(string subject, CancellationToken cancellation) =>
        ValueTask.FromResult(subject.StartsWith("id-", StringComparison.Ordinal) ? subject[3..] : null);
}

/// <summary>The password is "right"; a proof fits its person and deed once.</summary>
internal sealed class StubStepUp : IStepUp
{
    private readonly ConcurrentDictionary<string, (string Subject, string Deed)> proofs = new();

    /// <summary>Why nobody's session is believed; null when all are.</summary>
    public string? Doubt { get; set; }

    public ValueTask<string?> DoubtAsync(Caller caller, CancellationToken cancellation) => ValueTask.FromResult(Doubt);

    public Task<StepUpProof> ProveAsync(Caller caller, string password, string deed, CancellationToken cancellation)
    {
        if (password != "right")
        {
            throw new ForbiddenException("That is not your password.", "stepUpRequired");
        }
        var proof = Guid.NewGuid().ToString("n");
        proofs[proof] = (caller.Subject, deed);
        return Task.FromResult(new StepUpProof(proof, DateTimeOffset.MaxValue));
    }

    public Task<bool> RedeemAsync(Caller caller, string proof, string deed, CancellationToken cancellation) =>
        Task.FromResult(proofs.TryRemove(KeyValuePair.Create(proof, (caller.Subject, deed))));
}

internal sealed class StubTenants : ITenants
{
    private static readonly IReadOnlyList<Tenant> Known =
    [
        .. new[] { "rentguy", "witcom", "psra-ltsd" }.Select(id => new Tenant(id, id, "#888888", [], [])),
    ];

    public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) => new(Known);

    public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
        new([.. Known.Where(tenant => caller.MaySee(tenant.Id))]);
}

internal sealed class StubScopes : ITenantScopes
{
    private static readonly string[] Known = ["rentguy", "witcom", "psra-ltsd"];

    public ValueTask<TenantScope> ForAsync(Caller caller, string tenant, CancellationToken cancellation = default) =>
        Known.Contains(tenant) && caller.MaySee(tenant)
            ? ValueTask.FromResult(new TenantScope([tenant]))
            : throw new UnknownTenantException(tenant);

    public ValueTask<TenantScope> ForAllAsync(Caller caller, CancellationToken cancellation = default) =>
        ValueTask.FromResult(new TenantScope(Known.Where(caller.MaySee)));

    public TenantScope ForSystem(string tenant) => new([tenant]);
}
